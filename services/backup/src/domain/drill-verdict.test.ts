import { drillVerdict } from './drill-verdict.js';

const evidence = { structure: 'clean', heartbeatExpected: 41, heartbeatFound: 42, durationMs: 900, rtoMs: 1_000 };

describe('the verdict on a restore drill', () => {
  it.each([
    [{}, { withinRto: true, heartbeatFound: 42 }],
    [{ heartbeatFound: 41 }, { withinRto: true, heartbeatFound: 41 }],
    [{ durationMs: 1_001 }, { withinRto: false, heartbeatFound: 42 }],
  ])('proves with %j', (change, expected) => {
    expect(drillVerdict({ ...evidence, ...change })).toEqual(expected);
  });

  it.each([
    [{ structure: 'not-checked' }, 'PRECONDITION_FAILED'],
    [{ structure: undefined }, 'PRECONDITION_FAILED'],
    [{ heartbeatFound: 40 }, 'VERIFY_FAILED'],
    [{ heartbeatFound: undefined }, 'VERIFY_FAILED'],
  ])('proves nothing with %j', (change, code) => {
    expect(() => drillVerdict({ ...evidence, ...change })).toThrow(expect.objectContaining({ code }));
  });
});

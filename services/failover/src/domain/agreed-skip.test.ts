import { agreedSkip, type PendingSkip, type SkipPolicy } from './agreed-skip.js';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const policy: SkipPolicy = { persons: 2, expiresAfterMs: 60_000, nowMs };
const asked: PendingSkip = { persons: ['Ann'], reasons: ['it is gone'], expiresAt: '2026-01-01T00:01:00.000Z' };

describe('going on without a step', () => {
  it('is agreed at once where one person may', () => {
    const one = { ...policy, persons: 1 };
    expect(agreedSkip(undefined, { by: 'Ann', reason: 'gone' }, one)).toEqual({
      agreed: true,
      by: 'Ann',
      reason: 'gone',
    });
  });

  it('waits for as many as policy asks, and names them all', () => {
    const first = agreedSkip(undefined, { by: 'Ann', reason: 'it is gone' }, policy);
    expect(first).toEqual({ agreed: false, pending: asked, missing: 1 });
    expect(agreedSkip(asked, { by: 'Bob', reason: 'it is gone' }, policy)).toEqual({
      ...{ agreed: true, by: 'Ann and Bob', reason: 'it is gone' },
    });
    const third = agreedSkip(asked, { by: 'Bob', reason: 'done by hand' }, { ...policy, persons: 3 });
    expect(third).toMatchObject({
      missing: 1,
      pending: { persons: ['Ann', 'Bob'], reasons: ['it is gone', 'done by hand'] },
    });
  });

  it('is not agreed by one person twice, however the name is written', () => {
    expect(() => agreedSkip(asked, { by: ' ann ', reason: 'again' }, policy)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', hint: expect.stringContaining('another person must send the same') }),
    );
  });

  it('begins anew when the time is over', () => {
    const late = { ...policy, nowMs: nowMs + 60_000 };
    expect(agreedSkip(asked, { by: 'Bob', reason: 'gone' }, late)).toMatchObject({
      ...{ agreed: false, pending: { persons: ['Bob'], expiresAt: '2026-01-01T00:02:00.000Z' } },
    });
  });
});

import { placed } from '../testing/records.js';
import { parseRecord } from './parse-record.js';

const done = placed({ kind: 'done', step: 'a', attempt: 1, found: false, durationMs: 3 }, 4);

describe('a journal record', () => {
  it('is read as it was written', () => {
    expect(parseRecord(JSON.stringify(done))).toEqual(done);
  });

  it('keeps what a newer program has added', () => {
    expect(parseRecord(JSON.stringify({ ...done, colour: 'red' }))).toMatchObject({ kind: 'done', colour: 'red' });
  });

  it.each([
    ['not JSON', 'nonsense', 'INVALID_MESSAGE'],
    ['a list', '[]', 'INVALID_MESSAGE'],
    ['null', 'null', 'INVALID_MESSAGE'],
    ['another version', JSON.stringify({ ...done, v: 2 }), 'UNSUPPORTED_MESSAGE'],
    ['an unknown kind', JSON.stringify({ ...done, kind: 'teleported' }), 'UNSUPPORTED_MESSAGE'],
    ['a kind of every object', JSON.stringify({ ...done, kind: 'toString' }), 'UNSUPPORTED_MESSAGE'],
    ['a missing field', JSON.stringify({ ...done, durationMs: undefined }), 'INVALID_MESSAGE'],
    ['a field of another type', JSON.stringify({ ...done, step: 7 }), 'INVALID_MESSAGE'],
  ])('is refused when it is %s', (_what, text, code) => {
    expect(() => parseRecord(text)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('names every field that is wrong', () => {
    const read = (): unknown => parseRecord(JSON.stringify({ ...done, n: 'four', step: undefined }));
    expect(read).toThrow(
      expect.objectContaining({
        details: [
          { path: 'n', problem: 'must be of type number' },
          { path: 'step', problem: 'must be of type string' },
        ],
      }) as Error,
    );
  });
});

import { problemOf as httpProblem, valueAt } from './http.js';
import { problemOf as sqlProblem } from './sql.js';
import { judgeWorkers } from './workers.js';

describe('what an http check expects', () => {
  const json = { pointer: '/status', equals: 'up' };
  it.each([
    [200, '', {}, undefined],
    [299, '', {}, undefined],
    [301, '', {}, 'answered with status 301'],
    [503, 'fine', { body: 'fine' }, 'answered with status 503'],
    [404, '', { status: [404] }, undefined],
    [200, '', { status: [404] }, 'answered with status 200'],
    [200, 'all is well', { body: 'well' }, undefined],
    [200, 'all is lost', { body: 'well' }, 'answered without the expected text'],
    [200, '{"status":"up"}', { json }, undefined],
    [200, '{"status":"down"}', { json }, 'answered with another /status than expected'],
    [200, '{"other":1}', { json }, 'answered without /status'],
    [200, '<html>', { json }, 'answered with what is not JSON'],
    [200, '{"n":3,"on":true}', { json: { pointer: '/n', equals: '3' } }, undefined],
    [200, '{"on":true}', { json: { pointer: '/on', equals: 'true' } }, undefined],
  ])('status %i and body %j for %j: %s', (status, body, expected, problem) => {
    expect(httpProblem(status, body, expected)).toBe(problem);
  });

  it.each([
    ['', { a: 1 }],
    ['/a', 1],
    ['/list/1', 'two'],
    ['/a~1b', 2],
    ['/m~0n', 3],
    ['/none/at/all', undefined],
    ['/toString', undefined],
  ])('finds %j in a document', (pointer, expected) => {
    const document = { a: 1, list: ['one', 'two'], 'a/b': 2, 'm~n': 3 };
    expect(valueAt(document, pointer)).toEqual(pointer === '' ? document : expected);
  });
});

describe('what an sql check expects', () => {
  it.each([
    [undefined, undefined, 'the statement gave no row'],
    [{ up: true }, undefined, undefined],
    [{ up: false }, undefined, 'the statement gave nothing, false or 0'],
    [{ n: 0 }, undefined, 'the statement gave nothing, false or 0'],
    [{ n: '0' }, undefined, 'the statement gave nothing, false or 0'],
    [{ n: 7 }, undefined, undefined],
    [{ n: null }, undefined, 'the statement gave nothing, false or 0'],
    [{ n: '7' }, '7', undefined],
    [{ n: 8 }, '7', 'the statement gave another value than expected'],
    [{ n: 0 }, '0', undefined],
    [{ o: { a: 1 } }, '{"a":1}', undefined],
  ])('the row %j for %j: %s', (row, expected, problem) => {
    expect(sqlProblem(row, expected)).toBe(problem);
  });
});

describe('what a check of workers expects', () => {
  const both = { maxHeartbeatAgeMs: 1_000, maxQueueAgeMs: 5_000 };
  const outcome = (seen: object, expected: object): string => {
    try {
      return judgeWorkers(seen, expected)?.degraded ?? 'well';
    } catch (error) {
      return `failed: ${(error as Error).message}`;
    }
  };
  it.each([
    [{ heartbeatAgeMs: 10, queueAgeMs: 10 }, both, /^well$/u],
    [{ heartbeatAgeMs: 10, queueAgeMs: null }, both, /^well$/u],
    [{ heartbeatAgeMs: 10 }, both, /^how long work has waited is not told/u],
    [{ heartbeatAgeMs: null, queueAgeMs: null }, both, /^failed: no worker has ever/u],
    [{ heartbeatAgeMs: 1_001, queueAgeMs: 10 }, both, /^failed: the last sign of life .* 1001 ms old/u],
    [{ queueAgeMs: 10 }, both, /^failed: no worker has ever/u],
    [{ heartbeatAgeMs: 10, queueAgeMs: 5_001 }, both, /^work has waited for 5001 ms/u],
    [{ heartbeatAgeMs: 9_999, queueAgeMs: 9_999 }, both, /^failed/u],
    [{ queueAgeMs: 10 }, { maxQueueAgeMs: 5_000 }, /^well$/u],
    [{ heartbeatAgeMs: 9_999, queueAgeMs: null }, { maxQueueAgeMs: 5_000 }, /^well$/u],
  ])('%j for %j', (seen, expected, result) => {
    expect(outcome(seen, expected)).toMatch(result);
  });
});

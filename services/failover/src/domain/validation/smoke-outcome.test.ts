import { httpProblem, sqlProblem } from './smoke-outcome.js';

describe('sqlProblem', () => {
  it.each([
    [[{ n: 3 }], undefined, undefined],
    [[{ n: '3' }], '3', undefined],
    [[{ b: true }], 'true', undefined],
    [[], undefined, 'gave no row'],
    [[{ n: 0 }], undefined, 'gave 0'],
    [[{ n: '0' }], undefined, 'gave 0'],
    [[{ n: null }], undefined, 'gave null'],
    [[{ b: false }], undefined, 'gave false'],
    [[{ n: 2 }], '3', 'gave 2, not 3'],
  ])('%j, expected %j: %j', (rows, expected, problem) => {
    expect(sqlProblem(rows, expected)).toBe(problem);
  });
});

describe('httpProblem', () => {
  it.each([
    [{ status: 204, body: '' }, {}, undefined],
    [{ status: 302, body: '' }, { expectStatus: [302] }, undefined],
    [{ status: 200, body: 'all is well' }, { expectBody: 'well' }, undefined],
    [{ status: 503, body: '' }, {}, 'was answered with 503'],
    [{ status: 200, body: '' }, { expectStatus: [302] }, 'was answered with 200'],
    [{ status: 200, body: 'ill' }, { expectBody: 'well' }, 'was answered without the text it expects'],
  ])('%j held against %j: %j', (answer, expected, problem) => {
    expect(httpProblem(answer, expected)).toBe(problem);
  });
});

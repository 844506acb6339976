import { summarize, watchProblems } from './watch.js';

const limits = { maxErrorRate: 0.01, maxMeanResponseMs: 500 };
const requests = (failures: number, durationMs: number) =>
  Array.from({ length: 100 }, (_, index) => ({ ok: index >= failures, durationMs }));

describe('a watch', () => {
  it('is content with what stays within its limits', () => {
    const summary = summarize(requests(1, 500));

    expect(summary).toEqual({ requests: 100, failures: 1, errorRatePercent: 1, meanMs: 500 });
    expect(watchProblems(summary, limits, [])).toEqual([]);
  });

  it('names errors, slowness and whatever is not healthy', () => {
    expect(watchProblems(summarize(requests(2, 501)), limits, ['api of primary (failed)'])).toEqual([
      'api of primary (failed) is not healthy',
      '2 % of the requests failed, at most 1 % may',
      'the mean response took 501 ms, at most 500 ms it may',
    ]);
  });

  it('takes no requests for no errors', () => {
    expect(summarize([])).toEqual({ requests: 0, failures: 0, errorRatePercent: 0, meanMs: 0 });
  });
});

export interface WatchLimits {
  /** 0 to 1. */
  readonly maxErrorRate: number;
  readonly maxMeanResponseMs: number;
}

export interface WatchSummary {
  readonly requests: number;
  readonly failures: number;
  readonly errorRatePercent: number;
  /** Of the requests that were answered. */
  readonly meanMs: number;
}

export function summarize(requests: readonly { readonly ok: boolean; readonly durationMs: number }[]): WatchSummary {
  const answered = requests.filter(({ ok }) => ok);
  const failures = requests.length - answered.length;
  const total = answered.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    requests: requests.length,
    failures,
    errorRatePercent: requests.length === 0 ? 0 : round((100 * failures) / requests.length),
    meanMs: answered.length === 0 ? 0 : round(total / answered.length),
  };
}

/** What is not as it should be after a cutback: errors, slowness, anything unhealthy. */
export function watchProblems(summary: WatchSummary, limits: WatchLimits, unhealthy: readonly string[]): string[] {
  const problems = unhealthy.map((check) => `${check} is not healthy`);
  if (summary.errorRatePercent > limits.maxErrorRate * 100) {
    problems.push(`${summary.errorRatePercent} % of the requests failed, at most ${limits.maxErrorRate * 100} % may`);
  }
  if (summary.meanMs > limits.maxMeanResponseMs) {
    problems.push(`the mean response took ${summary.meanMs} ms, at most ${limits.maxMeanResponseMs} ms it may`);
  }
  return problems;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

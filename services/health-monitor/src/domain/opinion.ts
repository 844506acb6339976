import type { CheckState, HealthRules } from '@novacron/contracts';
import type { Timings } from '../checks/probe.js';

/** One sample of one check, without its place. */
export interface Sample {
  readonly state: CheckState;
  /** Failures in a row as the vantage itself counted them, this one included. */
  readonly consecutiveFailures: number;
  readonly latencyMs: number;
  /** RFC 3339, UTC, by the vantage's clock. */
  readonly observedAt: string;
  readonly problem?: string;
  readonly timings?: Timings;
}

export type Settled = 'ok' | 'degraded' | 'failed';

/**
 * What one vantage holds of one check: the last sample, and the state it has settled on. One sample settles nothing except
 * the first good one; a state is left only after as many contrary samples in a row as the rules ask.
 */
export interface Opinion {
  readonly last: Sample;
  /** Absent until enough samples agree. */
  readonly settled?: Settled;
  /** Failed samples in a row. */
  readonly failures: number;
  /** Failed or slow samples in a row. */
  readonly troubles: number;
  /** Good samples in a row. */
  readonly successes: number;
  /** Good or slow samples in a row: the target answers. */
  readonly answers: number;
  /** The last samples, oldest first, an `f` for each that failed; empty where the rules have no window. */
  readonly recent: string;
  /** So many of them failed that the check counts as failed, though not in a row. */
  readonly unsteady: boolean;
}

export type SettlingRules = Pick<HealthRules, 'failures' | 'recoveries' | 'window'>;

/**
 * The opinion after one more sample. An `unknown` sample breaks every row: what was not seen counts neither for nor against,
 * and three failures with a blind moment between them are not three in a row.
 */
export function nextOpinion(before: Opinion | undefined, sample: Sample, rules: SettlingRules): Opinion {
  const { window } = rules;
  const recent =
    window === undefined ? '' : `${before?.recent ?? ''}${sample.state === 'failed' ? 'f' : '.'}`.slice(-window.of);
  const unsteady = window !== undefined && recent.replaceAll('.', '').length >= window.failures;
  const common = { last: sample, recent, unsteady };
  const known = before?.settled === undefined ? {} : { settled: before.settled };
  const settledOn = (settled: Settled | undefined): { settled?: Settled } => (settled === undefined ? {} : { settled });
  switch (sample.state) {
    case 'unknown':
      return { ...common, ...known, failures: 0, troubles: 0, successes: 0, answers: 0 };
    case 'failed': {
      // The vantage's own count goes on while we cannot hear it.
      const failures = Math.max(1, sample.consecutiveFailures);
      const troubles = Math.max(failures, (before?.troubles ?? 0) + 1);
      const settled = unsteady ? 'failed' : afterFailure(before?.settled, failures, troubles, rules);
      return { ...common, ...settledOn(settled), failures, troubles, successes: 0, answers: 0 };
    }
    case 'degraded': {
      const troubles = (before?.troubles ?? 0) + 1;
      const answers = (before?.answers ?? 0) + 1;
      const settled = afterSlowAnswer(before?.settled, troubles, answers, rules);
      return { ...common, ...settledOn(settled), failures: 0, troubles, successes: 0, answers };
    }
    case 'ok': {
      const successes = (before?.successes ?? 0) + 1;
      const troubled = before?.settled === 'failed' || before?.settled === 'degraded';
      const settled = troubled && (unsteady || successes < rules.recoveries) ? before.settled : 'ok';
      return {
        ...common,
        ...settledOn(settled),
        failures: 0,
        troubles: 0,
        successes,
        answers: (before?.answers ?? 0) + 1,
      };
    }
  }
}

function afterFailure(
  before: Settled | undefined,
  failures: number,
  troubles: number,
  rules: SettlingRules,
): Settled | undefined {
  if (failures >= rules.failures) return 'failed';
  if (troubles >= rules.failures && before !== 'failed') return 'degraded';
  return before;
}

function afterSlowAnswer(
  before: Settled | undefined,
  troubles: number,
  answers: number,
  rules: SettlingRules,
): Settled | undefined {
  if (before === 'failed') return answers >= rules.recoveries ? 'degraded' : 'failed';
  return troubles >= rules.failures ? 'degraded' : before;
}

/** Whether the last samples contradict what is settled, or nothing is: worth looking again soon. */
export function isUnsettled(opinion: Opinion | undefined): boolean {
  if (opinion === undefined || opinion.last.state === 'unknown') return false;
  return opinion.last.state !== opinion.settled;
}

/**
 * Whether others must hear of a sample at once: it may change a verdict, or end an episode. What only repeats the one before it
 * may wait a moment and travel with others.
 */
export function isNews(before: Opinion | undefined, after: Opinion, rules: SettlingRules): boolean {
  if (before === undefined || before.last.state !== after.last.state) return true;
  if (before.settled !== after.settled || before.unsteady !== after.unsteady || isUnsettled(after)) return true;
  if (after.last.state === 'failed') return after.failures <= rules.failures;
  return after.last.state === 'ok' && after.successes === rules.recoveries;
}

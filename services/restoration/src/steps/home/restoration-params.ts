import { DrError } from '@novacron/contracts';
import type { StepContext } from '@novacron/operations';
import type { OrphanReport } from '../../domain/orphan-report.js';
import type { RejoinMethod } from '../../domain/rejoin.js';

/** What a restoration was started with; kept in its first journal record. */
export interface RestorationParams {
  /** The active site when it began. */
  readonly from: string;
  /** The site that service comes home to. */
  readonly to: string;
  readonly reason: string;
  /** An estate that has moved since is not moved again. */
  readonly epoch: number;
}

export interface Damage {
  readonly database: string;
  readonly state: string;
  readonly timeline: number;
  readonly activeTimeline: number;
  /** WAL that the home site wrote and the active site never had: what a rewind throws away. */
  readonly orphanBytes: number;
  /** What is in it; absent when there is none, or when it cannot be read any more. */
  readonly orphans?: OrphanReport;
  readonly endLsn: string;
  readonly switchLsn?: string;
  readonly advice: RejoinMethod;
}

/** What each step leaves in the journal for those after it and for the report. */
export interface RestorationResults {
  'evaluate-primary': { readonly writable: string; readonly power: 'on' | 'not-asked' };
  'assess-damage': { readonly databases: readonly Damage[] };
  'inventory-resources': { readonly freeBytes: number; readonly neededBytes: number };
  'review-performance': { readonly requests: number; readonly meanMs: number };
  'stop-home': { readonly stopped: Readonly<Record<string, string>> };
  'prepare-databases': { readonly slots: readonly string[] };
  synchronize: {
    readonly rejoined: Readonly<Record<string, { method: RejoinMethod; durationMs: number; note?: string }>>;
  };
  'synchronize-caches': { readonly caches: readonly string[] };
  'verify-integrity': {
    readonly lsn: string;
    readonly tables: number;
    readonly rows: number;
    readonly skipped: readonly string[];
  };
  'protect-commits': { readonly synchronous: Readonly<Record<string, readonly string[]>> };
  'test-health': { readonly checks: readonly string[] };
  'validate-integrations': { readonly standbys: Readonly<Record<string, string>> };
  'switch-traffic': { readonly failoverId: string; readonly epoch: number; readonly durationMs: number };
  monitor: {
    readonly looks: number;
    readonly requests: number;
    readonly failures: number;
    readonly errorRatePercent: number;
    readonly meanMs: number;
  };
  'validate-access': { readonly standby: string; readonly synchronous: Readonly<Record<string, readonly string[]>> };
}

/** @throws DrError INTERNAL when the step has not run: the runbook has it in the wrong place. */
export function restorationResult<K extends keyof RestorationResults>(
  context: Pick<StepContext<RestorationParams>, 'results'>,
  step: K,
): RestorationResults[K] {
  const result = context.results.get(step);
  if (result === undefined) throw new DrError('INTERNAL', `step ${step} has left no result`);
  return result as RestorationResults[K];
}

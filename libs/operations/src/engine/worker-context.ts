import type { Lease, Logger } from '@novacron/bus';
import type { Runbook } from '../steps/runbook.js';
import type { Step } from '../steps/step.js';
import { longestBackoffMs } from '../state/next-actions.js';
import type { OperationLog } from './operation-log.js';

/** Durations the engine itself decides. */
export interface EngineTiming {
  /** How long others must see no sign of a worker before they take its operations over. */
  readonly leaseTtlMs: number;
  /** How often operations without a worker are looked for. */
  readonly scanMs: number;
  readonly backoffMs: number;
  /** At most {@link longestBackoffMs}. */
  readonly maxBackoffMs: number;
  /** What work gets that was told to end. */
  readonly graceMs: number;
}

export const defaultTiming: EngineTiming = {
  leaseTtlMs: 3_000,
  scanMs: 500,
  backoffMs: 250,
  maxBackoffMs: longestBackoffMs,
  graceMs: 2_000,
};

/** The commands a stopped operation offers to a human, as they are typed. */
export interface HumanCommands {
  resume(operationId: string): string;
  abort(operationId: string): string;
  approve(operationId: string): string;
  /** Asked only of steps that declare themselves skippable. */
  skip(operationId: string, step: string): string;
}

/** What the parts of one worker share. */
export interface WorkerContext {
  readonly log: OperationLog;
  readonly lease: Lease;
  /**
   * The fencing token: greater than that of every worker before us, by the journal. It is the lease's own unless the bucket of
   * the leases was made anew meanwhile and counts from 1 again.
   */
  readonly token: number;
  /** The runbook of this program by that name; its nodes may differ from the operation's. */
  readonly runbook: Runbook | undefined;
  readonly steps: ReadonlyMap<string, Step>;
  readonly instance: string;
  readonly logger: Logger;
  readonly timing: EngineTiming;
  readonly commands: HumanCommands;
  readonly random: () => number;
  /** Aborts when we must stop acting: the lease is lost, or the process leaves. */
  readonly signal: AbortSignal;
  readonly told: () => number;
  readonly onProgress: (step: string, percent: number, note?: string) => void;
}

import type { Lease, Leases, Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { Journal } from '../journal/journal.js';
import { type Runbook, stepsOf } from '../steps/runbook.js';
import type { Admission } from './admission.js';
import type { OperationIndex } from './operation-index.js';
import { onBehalfOf } from './on-behalf-of.js';
import { OperationLog } from './operation-log.js';
import type { StepProgress } from './progress.js';
import { OperationWorker } from './operation-worker.js';
import { type OnRecord, Teller } from './teller.js';
import type { EngineTiming, HumanCommands } from './worker-context.js';

export interface DriverSettings {
  readonly journal: Journal;
  readonly leases: Leases;
  readonly admission: Admission;
  readonly index: OperationIndex;
  readonly runbooks: ReadonlyMap<string, Runbook>;
  readonly instance: string;
  readonly logger: Logger;
  readonly timing: EngineTiming;
  readonly commands: HumanCommands;
  readonly onRecord: OnRecord;
  /** Something about an operation has changed. */
  readonly changed: () => void;
}

/** An operation in this process's hands. */
interface Drive {
  log?: OperationLog;
  worker?: OperationWorker;
  readonly progress: Map<string, StepProgress>;
  readonly leave: AbortController;
  ended: Promise<void>;
}

/** Which operations this process works on: takes them by their lease, and lets go of them when it must. */
export class OperationDriver {
  private readonly drives = new Map<string, Drive>();
  /** Operations this program must leave alone, and up to which record that was found. */
  private readonly refused = new Map<string, number>();
  private leaving = false;

  constructor(private readonly settings: DriverSettings) {}

  logOf(operationId: string): OperationLog | undefined {
    return this.drives.get(operationId)?.log;
  }

  progressOf(operationId: string): ReadonlyMap<string, StepProgress> {
    return this.drives.get(operationId)?.progress ?? new Map<string, StepProgress>();
  }

  /** Works on the operation if nobody else does; returns at once. */
  drive(operationId: string): void {
    if (this.leaving || this.drives.has(operationId)) return;
    const { index, logger } = this.settings;
    const sequence = index.get(operationId)?.sequence ?? 0;
    if ((this.refused.get(operationId) ?? -1) >= sequence) return;
    const drive: Drive = { progress: new Map(), leave: new AbortController(), ended: Promise.resolve() };
    this.drives.set(operationId, drive);
    drive.ended = this.work(operationId, drive)
      .catch((error: unknown) => {
        const failure = DrError.from(error);
        const fields = { operation: operationId, code: failure.code, reason: failure.message };
        if (['INTERNAL', 'NOT_FOUND'].includes(failure.code) || failure.code.endsWith('_MESSAGE')) {
          this.refused.set(operationId, drive.log?.lastSequence ?? sequence);
          logger.error('an operation cannot be worked on by this program', { ...fields, details: failure.details });
        } else {
          logger.warn('an operation is frozen until its lease is held again', fields);
        }
      })
      .finally(() => {
        this.drives.delete(operationId);
        this.settings.changed();
      });
  }

  /** Lets what runs finish for so long, then tells it to end; what is unfinished stays open for the next worker. */
  async leave(graceMs: number): Promise<void> {
    this.leaving = true;
    const drives = [...this.drives.values()];
    for (const drive of drives) drive.worker?.drain();
    const timer = setTimeout(() => {
      for (const drive of drives) drive.leave.abort(new DrError('LEASE_LOST', 'this process is leaving'));
    }, graceMs);
    await Promise.all(drives.map((drive) => drive.ended));
    clearTimeout(timer);
  }

  private async work(operationId: string, drive: Drive): Promise<void> {
    const { leases, instance, timing, journal, index } = this.settings;
    const lease = await leases.tryAcquire(`operation.${operationId}`, instance, { ttlMs: timing.leaseTtlMs });
    if (lease === undefined) return;
    try {
      const log = await OperationLog.load(journal, operationId);
      drive.log = log;
      if (log.state.settled) return;
      log.onRecord((record) => {
        index.note({ sequence: log.lastSequence, record });
        this.settings.changed();
      });
      await this.admitted(log);
      await onBehalfOf(log.state, () => this.workerFor(drive, log, lease).run());
    } finally {
      await lease.release();
    }
  }

  private workerFor(drive: Drive, log: OperationLog, lease: Lease): OperationWorker {
    const { onRecord, logger, runbooks, instance, timing, commands } = this.settings;
    const signal = AbortSignal.any([lease.signal, drive.leave.signal]);
    const teller = new Teller(onRecord, logger, signal, log.state.told);
    const runbook = runbooks.get(log.state.runbook);
    const steps = new Map((runbook === undefined ? [] : stepsOf(runbook)).map((step) => [step.name, step]));
    drive.worker = new OperationWorker(
      {
        ...{ log, lease, runbook, steps, instance, logger, timing, commands, signal },
        token: Math.max(lease.token, log.state.token + 1),
        random: Math.random,
        told: () => teller.told,
        onProgress: (step, percent, note) => {
          drive.progress.set(step, { percent: clamp(percent), ...(note === undefined ? {} : { note }) });
          this.settings.changed();
        },
      },
      teller,
    );
    if (this.leaving) drive.worker.drain();
    return drive.worker;
  }

  /** An operation that lost the race for its word ends before it began, or stays stopped. */
  private async admitted(log: OperationLog): Promise<void> {
    const { exclusive, operationId, phase } = log.state;
    if (exclusive === undefined || phase === 'ended' || phase === 'stopped') return;
    const other = await this.settings.admission.admit(exclusive, operationId);
    if (other !== undefined) await refuse(log, other, this.settings);
  }
}

/** Writes down that another operation runs under the same word. */
export async function refuse(
  log: OperationLog,
  other: string,
  settings: Pick<DriverSettings, 'instance' | 'commands'>,
): Promise<void> {
  const reason = `operation ${other} runs`;
  const begun = [...log.state.steps.values()].some((step) => step.order !== undefined);
  const { operationId } = log.state;
  const options = {
    by: settings.instance,
    timeoutMs: 5_000,
    guard: (state: { readonly phase: string }): boolean => state.phase === 'forward' || state.phase === 'undoing',
  };
  if (!begun) {
    await log.append({ kind: 'ended', outcome: 'aborted', reason }, options);
    return;
  }
  const error = new DrError('OPERATION_RUNNING', reason).toReply();
  const needs = [`first: let operation ${other} end`, `then go on: ${settings.commands.resume(operationId)}`];
  await log.append({ kind: 'stopped', error, needs }, options);
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}

import { randomBytes } from 'node:crypto';
import { type Bus, Leases, type Logger, whenAnswered } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { Journal } from '../journal/journal.js';
import type { OperationState } from '../state/operation-state.js';
import { checkRunbook, type Runbook } from '../steps/runbook.js';
import { Admission } from './admission.js';
import { alreadyRunning, beginOperation, type BeginOptions } from './begin-operation.js';
import { estimatesFrom } from './estimates.js';
import { abort, approve, pause, resume } from './human-records.js';
import { natsCommands } from './needs.js';
import { OperationDriver } from './operation-driver.js';
import { OperationIndex } from './operation-index.js';
import { OperationLog } from './operation-log.js';
import { type OperationStatus, type OperationView, restingStates, statusOf, viewOf } from './operation-view.js';
import { type Plan, planOf } from './plan.js';
import { Scanner } from './scanner.js';
import type { OnRecord } from './teller.js';
import { defaultTiming, type EngineTiming, type HumanCommands } from './worker-context.js';

/** How many settled operations are kept in memory, so that a list does not read every journal again. */
const settledKept = 200;
/** How long an answer of the journal is waited for, milliseconds. */
const journalTimeoutMs = 2_000;

export interface EngineOptions {
  readonly bus: Bus;
  readonly service: string;
  readonly runbooks: readonly Runbook[];
  readonly logger: Logger;
  readonly leaseTtlMs?: number;
  readonly timing?: Partial<EngineTiming>;
  readonly onRecord?: OnRecord;
  /** How a human resumes, aborts and approves; the service's commands on the bus by default. */
  readonly commands?: Partial<HumanCommands>;
}

interface Parts {
  readonly journal: Journal;
  readonly admission: Admission;
  readonly index: OperationIndex;
  readonly driver: OperationDriver;
  readonly scanner: Scanner;
}

/**
 * Runs a service's operations, and takes over those of an instance that has died. Many engines of one service may run at once,
 * in one process or in several. What `begin` has accepted is carried out, whatever dies.
 */
export class OperationEngine {
  private readonly runbooks: ReadonlyMap<string, Runbook>;
  private readonly instance: string;
  private readonly timing: EngineTiming;
  private readonly commands: HumanCommands;
  private readonly listeners = new Set<() => void>();
  private readonly settled = new Map<string, OperationLog>();
  private parts: Parts | undefined;

  /** @throws DrError INVALID_CONFIG for a runbook that is not sound. */
  constructor(private readonly options: EngineOptions) {
    for (const runbook of options.runbooks) checkRunbook(runbook);
    this.runbooks = new Map(options.runbooks.map((runbook) => [runbook.name, runbook]));
    this.instance = `${options.service}-${process.pid}-${randomBytes(3).toString('hex')}`;
    const lease = options.leaseTtlMs === undefined ? {} : { leaseTtlMs: options.leaseTtlMs };
    this.timing = { ...defaultTiming, ...lease, ...options.timing };
    this.commands = { ...natsCommands(options.bus.estate, options.service), ...options.commands };
  }

  /**
   * Begins to work: first on what was left. The bus must have been provisioned; leaders that are being elected are waited for.
   * @throws DrError BUS_UNAVAILABLE saying what did not answer.
   */
  async start(): Promise<void> {
    const { bus, logger, service, onRecord } = this.options;
    const journal = await Journal.open(bus, journalTimeoutMs);
    const answered = <T>(what: string, ask: () => Promise<T>): Promise<T> => whenAnswered(what, ask, { logger });
    const { connection, estate, jetstream } = bus;
    const leases = await answered('the bucket of leases', () => Leases.open({ connection, estate, logger }));
    const admission = await answered('the bucket of exclusive operations', () =>
      Admission.open(jetstream, estate, (id) => this.runs(journal, id)),
    );
    const index = new OperationIndex(journal, service, logger);
    const driver = new OperationDriver({
      ...{ journal, leases, admission, index, logger },
      ...{ runbooks: this.runbooks, instance: this.instance, timing: this.timing, commands: this.commands },
      onRecord: onRecord ?? (async () => {}),
      changed: () => this.changed(),
    });
    const scanning = {
      ...{ bus, index, driver, logger, instance: this.instance, scanMs: this.timing.scanMs },
      changed: () => this.changed(),
    };
    const scanner = await answered('the journal of operations', () => Scanner.start(scanning));
    this.parts = { journal, admission, index, driver, scanner };
  }

  /** Lets what runs finish for so long, then leaves the rest to the next worker. */
  async stop(graceMs = 5_000): Promise<void> {
    await this.parts?.scanner.stop();
    await this.parts?.driver.leave(graceMs);
    this.parts = undefined;
    this.changed();
  }

  /**
   * Begins an operation; resolved once its first record is stored, and then it will be carried out.
   * @throws DrError NOT_FOUND for an unknown runbook, OPERATION_RUNNING naming the one that runs under the same word, CONFLICT for
   * an id of another runbook, BUS_UNAVAILABLE.
   */
  async begin(options: BeginOptions): Promise<{ operationId: string }> {
    const { admission, driver, journal, index } = this.working();
    const { service } = this.options;
    const beginner = { journal, admission, service, instance: this.instance, commands: this.commands };
    const log = await beginOperation(beginner, this.runbook(options.runbook), options);
    const record = log.records.at(-1);
    index.note({ sequence: log.lastSequence, ...(record === undefined ? {} : { record }) });
    const { operationId } = log.state;
    driver.drive(operationId);
    return { operationId };
  }

  /** @throws DrError NOT_FOUND. */
  async status(operationId: string): Promise<OperationView> {
    const { driver } = this.working();
    const { state } = await this.logOf(operationId);
    return viewOf(state, Date.now(), this.estimates(state.runbook), driver.progressOf(operationId));
  }

  /** All that the operation's journal says, also of steps that were taken back. @throws DrError NOT_FOUND. */
  async state(operationId: string): Promise<OperationState> {
    return (await this.logOf(operationId)).state;
  }

  /** The service's operations, those that moved last first. */
  async list(
    filter: { readonly runbook?: string; readonly state?: OperationStatus; readonly limit?: number } = {},
  ): Promise<OperationView[]> {
    const { index } = this.working();
    await index.refresh();
    const found: OperationView[] = [];
    for (const entry of index.newest()) {
      if (found.length >= (filter.limit ?? 50)) break;
      if (filter.runbook !== undefined && entry.runbook !== filter.runbook) continue;
      // Of ten thousand that have ended no journal is read to find the one that waits for a human.
      if (filter.state !== undefined && (entry.outcome ?? filter.state) !== filter.state) continue;
      const view = await this.status(entry.operationId);
      if (filter.state === undefined || view.state === filter.state) found.push(view);
    }
    return found;
  }

  /**
   * Resolved when the operation moves no more without a human. A journal that does not answer is waited for too.
   * @throws DrError TIMEOUT, NOT_FOUND.
   */
  async wait(operationId: string, options: { readonly timeoutMs: number }): Promise<OperationView> {
    const deadline = performance.now() + options.timeoutMs;
    for (;;) {
      const resting = await this.resting(operationId).catch((error: unknown) => {
        if (DrError.from(error).retryable) return undefined;
        throw error;
      });
      if (resting !== undefined) return resting;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        throw new DrError('TIMEOUT', `operation ${operationId} did not end within ${options.timeoutMs} ms`);
      }
      await this.change(Math.min(leftMs, 250));
    }
  }

  private async resting(operationId: string): Promise<OperationView | undefined> {
    const { state } = await this.logOf(operationId);
    const resting: readonly string[] = restingStates;
    return resting.includes(statusOf(state, Date.now())) ? this.status(operationId) : undefined;
  }

  /** @throws DrError CONFLICT when nothing is asked, when it is too late, or from one who approved already. */
  async approve(operationId: string, by: string, comment?: string): Promise<void> {
    await approve(await this.logOf(operationId), { by, ...(comment === undefined ? {} : { comment }) });
    this.working().driver.drive(operationId);
  }

  /** @throws DrError PAST_POINT_OF_NO_RETURN, whose hint says what is possible; CONFLICT when it has ended. */
  async abort(operationId: string, by: string, reason: string): Promise<void> {
    await abort(await this.logOf(operationId), by, reason, this.commands.resume(operationId));
    this.working().driver.drive(operationId);
  }

  async pause(operationId: string, by: string, reason: string, until?: Date): Promise<void> {
    await pause(await this.logOf(operationId), by, reason, until);
  }

  /** Ends a pause, or tries again what stopped for a human, without the failed step `skip`. @throws DrError CONFLICT, OPERATION_RUNNING. */
  async resumeOperation(operationId: string, by: string, reason?: string, skip?: string): Promise<void> {
    const { admission, driver } = this.working();
    const log = await this.logOf(operationId);
    const { exclusive } = log.state;
    const running = exclusive === undefined ? undefined : await admission.runningUnder(exclusive, operationId);
    if (running !== undefined) throw alreadyRunning(running);
    await resume(log, by, reason, skip);
    driver.drive(operationId);
  }

  /** What an operation of this runbook would do now. Changes nothing. */
  async plan(runbookName: string, params: unknown): Promise<Plan> {
    return planOf(this.runbook(runbookName), params, this.estimates(runbookName), this.options.logger);
  }

  private async runs(journal: Journal, operationId: string): Promise<boolean> {
    try {
      const { phase } = (await OperationLog.load(journal, operationId)).state;
      return phase === 'forward' || phase === 'undoing';
    } catch (error) {
      // A journal that cannot be replayed is worked on by nobody, and must not keep another operation from starting.
      if (['NOT_FOUND', 'INTERNAL', 'INVALID_MESSAGE'].includes(DrError.from(error).code)) return false;
      throw error;
    }
  }

  /** The operation's log: the worker's own where we work on it; read anew unless it is settled and nothing came after. */
  private async logOf(operationId: string): Promise<OperationLog> {
    const { driver, journal, index } = this.working();
    const worked = driver.logOf(operationId);
    if (worked !== undefined) return worked;
    const kept = this.settled.get(operationId);
    if (kept !== undefined && kept.lastSequence === index.get(operationId)?.sequence) return kept;
    const log = await OperationLog.load(journal, operationId);
    if (log.state.settled) this.keep(log);
    if (log.state.service === this.options.service) return log;
    throw new DrError('NOT_FOUND', `${this.options.service} has no operation ${operationId}`);
  }

  private keep(log: OperationLog): void {
    const [oldest] = this.settled.keys();
    if (oldest !== undefined && this.settled.size >= settledKept) this.settled.delete(oldest);
    this.settled.set(log.state.operationId, log);
  }

  private runbook(name: string): Runbook {
    const runbook = this.runbooks.get(name);
    if (runbook !== undefined) return runbook;
    throw new DrError('NOT_FOUND', `${this.options.service} has no runbook ${name}`, {
      hint: `it has: ${[...this.runbooks.keys()].join(', ')}`,
    });
  }

  private estimates(runbook: string): Map<string, number> {
    return estimatesFrom(this.working().index.completedRuns(runbook));
  }

  private working(): Parts {
    if (this.parts === undefined) {
      throw new DrError('CONFLICT', 'the operation engine is not running', { hint: 'start it first' });
    }
    return this.parts;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Resolved at the next change, and at the latest after so long. */
  private async change(mostMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.listeners.delete(end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(1, mostMs));
      this.listeners.add(end);
    });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import { type Journal, recordAt, type Stored } from '../journal/journal.js';
import type { JournalRecord, NewRecord } from '../journal/record.js';
import type { OperationState } from '../state/operation-state.js';
import { begin, reduce } from '../state/replay.js';

export interface AppendOptions {
  readonly by: string;
  readonly told?: () => number;
  /** Asked before each try, on the newest state known: false leaves the record unwritten; may throw. */
  readonly guard?: (state: OperationState) => boolean;
  /** How long an unreachable bus is waited for; for ever unless given, and then the guard must end it. */
  readonly timeoutMs?: number;
}

/** How long a refused append may stay unexplained before the journal counts as cut off, milliseconds. */
const unexplainedMs = 5_000;

/**
 * One operation's journal as this process has read it, and the only way this process adds to it. Appends are made one after
 * another. When another's record came first it is read, and the guard asked again.
 */
export class OperationLog {
  private queue: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<(record: JournalRecord, state: OperationState) => void>();

  private constructor(
    private readonly journal: Journal,
    readonly records: JournalRecord[],
    private current: OperationState,
    private sequence: number,
  ) {}

  /** @throws DrError NOT_FOUND when there is no such operation; INTERNAL or UNSUPPORTED_MESSAGE when it must be left alone. */
  static async load(journal: Journal, operationId: string): Promise<OperationLog> {
    const [first, ...rest] = await journal.read(operationId);
    if (first === undefined) throw new DrError('NOT_FOUND', `there is no operation ${operationId}`);
    const log = new OperationLog(journal, [first.record], begin(first.record), first.sequence);
    for (const stored of rest) log.apply(stored);
    return log;
  }

  get state(): OperationState {
    return this.current;
  }

  get lastSequence(): number {
    return this.sequence;
  }

  /** Calls back for each record from now on, in order, whoever wrote it. Returns how to stop that. */
  onRecord(listener: (record: JournalRecord, state: OperationState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads what others have written. */
  catchUp(): Promise<void> {
    return this.inTurn(async () => {
      await this.readOn();
    });
  }

  /**
   * Adds a record behind the last one; false when the guard did not want it any more.
   * @throws DrError BUS_UNAVAILABLE after `timeoutMs`, INTERNAL when records that were read are no longer in the journal, and
   * whatever the guard throws.
   */
  append(fields: NewRecord, options: AppendOptions): Promise<boolean> {
    return this.inTurn(() => this.appendInTurn(fields, options));
  }

  private async appendInTurn(fields: NewRecord, options: AppendOptions): Promise<boolean> {
    const deadline = performance.now() + (options.timeoutMs ?? Infinity);
    const tried = new Set<string>();
    let record: JournalRecord | undefined;
    let refusedSinceMs: number | undefined;
    for (;;) {
      if (options.guard !== undefined && !options.guard(this.current)) return false;
      // The same record while its place is the same: should an earlier try still arrive, only one of them is stored.
      if (record?.n !== this.current.n + 1) record = this.placed(fields, options);
      tried.add(record.id);
      try {
        const outcome = await this.journal.append(record, this.sequence);
        if (outcome.stored) {
          this.apply({ record, sequence: outcome.sequence });
          return true;
        }
        const news = await this.readOn();
        if (news.some((each) => tried.has(each.record.id))) return true;
        if (news.length > 0) continue;
        // Refused because of a record that nobody can read: a leader that is still behind, or what we have read was removed.
        refusedSinceMs ??= performance.now();
        if (performance.now() - refusedSinceMs > unexplainedMs) throw cutOff(this.current);
        await sleep(100);
      } catch (error) {
        const failure = DrError.from(error);
        if (failure.code !== 'BUS_UNAVAILABLE' || !failure.retryable || performance.now() >= deadline) throw failure;
        await sleep(100);
      }
    }
  }

  private placed(fields: NewRecord, options: AppendOptions): JournalRecord {
    const { operationId, service, runbook, n } = this.current;
    const told = options.told === undefined ? {} : { told: options.told() };
    const record = recordAt(fields, { n: n + 1, operationId, service, runbook, by: options.by, ...told });
    // What memory holds is what a replay would give: JSON.
    return JSON.parse(JSON.stringify(record)) as JournalRecord;
  }

  private async readOn(): Promise<Stored[]> {
    const news = await this.journal.read(this.current.operationId, this.sequence);
    for (const stored of news) this.apply(stored);
    return news;
  }

  private apply({ record, sequence }: Stored): void {
    this.current = reduce(this.current, record);
    this.sequence = sequence;
    this.records.push(record);
    for (const listener of this.listeners) listener(record, this.current);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => {});
    return turn;
  }
}

function cutOff({ operationId, n }: OperationState): DrError {
  return new DrError('INTERNAL', `records of operation ${operationId} are gone from its journal`, {
    retryable: false,
    hint: 'somebody has purged DR_OPERATIONS: see what the operation has done to the estate, and end or begin it by hand',
    details: [{ path: `record ${n}`, problem: 'was read, and is not there any more' }],
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { JournalRecord } from '../journal/record.js';
import type { OperationState } from '../state/operation-state.js';
import { begin, reduce } from '../state/replay.js';
import { onBehalfOf } from './on-behalf-of.js';

/**
 * Called with every record of an operation, in order, at least once, also after a crash, and with the state as of that
 * record. Whoever publishes from it derives ids from the record (`<operationId>:<step>:<attempt>`), so that a repetition
 * is harmless. A retryable error is tried again; one that is not passes the record over, with an error in the log.
 */
export type OnRecord = (record: JournalRecord, state: OperationState) => Promise<void>;

/** Tells the hook, beside the operation's own work: a slow listener delays no step. */
export class Teller {
  private state: OperationState | undefined;
  private queue: Promise<void> = Promise.resolve();
  private toldUpTo: number;
  private readonly leaving: Promise<void>;

  constructor(
    private readonly onRecord: OnRecord,
    private readonly logger: Logger,
    private readonly signal: AbortSignal,
    toldUpTo: number,
  ) {
    this.toldUpTo = toldUpTo;
    this.leaving = new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Up to which record the hook has returned. */
  get told(): number {
    return this.toldUpTo;
  }

  add(record: JournalRecord): void {
    this.queue = this.queue.then(() => this.tell(record));
  }

  /** Resolved once everything added so far was told, or we may not go on. */
  async caughtUp(): Promise<void> {
    // A listener that never returns must not keep a process from leaving: what it was told counts as untold.
    await Promise.race([this.queue, this.leaving]);
  }

  private async tell(record: JournalRecord): Promise<void> {
    this.state = this.state === undefined ? begin(record) : reduce(this.state, record);
    if (record.n <= this.toldUpTo || record.kind === 'settled') return;
    for (let failures = 0; !this.signal.aborted; failures += 1) {
      try {
        const { state, onRecord } = this;
        await onBehalfOf(state, () => onRecord(record, state));
        this.toldUpTo = record.n;
        return;
      } catch (error) {
        const failure = DrError.from(error);
        const fields = { operation: record.operationId, event: record.kind, n: record.n, reason: failure.message };
        if (!failure.retryable) {
          this.logger.error('a record was not told and is passed over', fields);
          this.toldUpTo = record.n;
          return;
        }
        this.logger.warn('a record was not told yet', fields);
        await sleep(Math.min(5_000, 100 * 2 ** failures), undefined, { signal: this.signal }).catch(() => {});
      }
    }
  }
}

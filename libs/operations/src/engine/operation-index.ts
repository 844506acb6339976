import type { Logger } from '@novacron/bus';
import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/record.js';

type Durations = Readonly<Record<string, number>>;

export interface IndexEntry {
  readonly operationId: string;
  readonly runbook: string;
  /** Of its last record. */
  readonly sequence: number;
  /** False once settled: nothing is left to do unless a human asks. */
  readonly open: boolean;
  /** What a settled operation came to: its status until a human asks for more. */
  readonly outcome?: string;
}

/** How many completed runs of a runbook are remembered, for estimates. */
const runsKept = 20;

/** Which operations a service has and which need a worker. A hint where to look: the journal alone says what is so. */
export class OperationIndex {
  private readonly entries = new Map<string, IndexEntry>();
  private readonly opened = new Map<string, IndexEntry>();
  /** What the latest completed runs took, by runbook, newest last. */
  private readonly runs = new Map<string, { readonly sequence: number; readonly durationsMs: Durations }[]>();
  private upTo = 0;
  private firstSequence = 0;
  /** When the stream that was read was made; a stream that was removed and made again counts from 1 again. */
  private madeAt: string | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly journal: Journal,
    private readonly service: string,
    private readonly logger: Logger,
  ) {}

  /**
   * Reads what is new; the first time, and after the stream was made anew, the last record of every operation. Operations whose
   * journal was purged are forgotten; those that were open are named in the log, as nobody will end them.
   */
  refresh(): Promise<void> {
    // One after the other: what one has read must not look to another as if the stream had shrunk.
    const turn = this.turn.then(() => this.readNews());
    this.turn = turn.catch(() => {});
    return turn;
  }

  get(operationId: string): IndexEntry | undefined {
    return this.entries.get(operationId);
  }

  open(): IndexEntry[] {
    return [...this.opened.values()];
  }

  /** Newest first, by their last record. */
  newest(): IndexEntry[] {
    return [...this.entries.values()].sort((a, b) => b.sequence - a.sequence);
  }

  /** What the last completed runs of a runbook took, by node, newest first. */
  completedRuns(runbook: string): Durations[] {
    return (this.runs.get(runbook) ?? []).map((run) => run.durationsMs).toReversed();
  }

  note({ sequence, record }: { readonly sequence: number; readonly record?: JournalRecord }): void {
    if (record === undefined || record.service !== this.service) return;
    const { operationId, runbook } = record;
    if ((this.entries.get(operationId)?.sequence ?? 0) >= sequence) return;
    const settled = record.kind === 'settled' ? { outcome: record.outcome } : {};
    const entry = { operationId, runbook, sequence, open: record.kind !== 'settled', ...settled };
    this.entries.set(operationId, entry);
    if (entry.open) this.opened.set(operationId, entry);
    else this.opened.delete(operationId);
    if (record.kind === 'settled' && record.outcome === 'completed') this.remember(entry, record.durationsMs);
  }

  private async readNews(): Promise<void> {
    const extent = await this.journal.extent();
    const open = this.open();
    if (extent.madeAt !== this.madeAt || extent.lastSequence < this.upTo) await this.load();
    else await this.readOn(extent.lastSequence);
    this.forgetBefore(extent.firstSequence);
    this.madeAt = extent.madeAt;
    for (const { operationId } of open) {
      if (this.entries.has(operationId)) continue;
      this.logger.error('the journal of an open operation is gone', {
        operation: operationId,
        stream: 'DR_OPERATIONS',
      });
    }
  }

  private async load(): Promise<void> {
    const { upTo, last } = await this.journal.lastOfEach();
    for (const map of [this.entries, this.opened, this.runs]) map.clear();
    for (const each of last) this.note(each);
    this.upTo = upTo;
  }

  private async readOn(lastSequence: number): Promise<void> {
    while (this.upTo < lastSequence) {
      const next = await this.journal.following(this.upTo);
      if (next !== undefined) this.note(next);
      // Behind the last record of ours there are only those of other estates.
      this.upTo = next?.sequence ?? lastSequence;
    }
  }

  private forgetBefore(firstSequence: number): void {
    if (firstSequence === this.firstSequence) return;
    this.firstSequence = firstSequence;
    for (const map of [this.entries, this.opened]) {
      for (const { operationId, sequence } of map.values()) if (sequence < firstSequence) map.delete(operationId);
    }
  }

  private remember({ runbook, sequence }: IndexEntry, durationsMs: Durations): void {
    const runs = [...(this.runs.get(runbook) ?? []), { sequence, durationsMs }].sort((a, b) => a.sequence - b.sequence);
    this.runs.set(runbook, runs.slice(-runsKept));
  }
}

import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/record.js';

export interface IndexEntry {
  readonly operationId: string;
  readonly runbook: string;
  /** Of its last record. */
  readonly sequence: number;
  /** False once settled: nothing is left to do unless a human asks. */
  readonly open: boolean;
  /** Of a completed operation, by node. */
  readonly durationsMs?: Readonly<Record<string, number>>;
}

/** Which operations a service has and which need a worker. A hint where to look: the journal alone says what is so. */
export class OperationIndex {
  private readonly entries = new Map<string, IndexEntry>();
  private upTo = 0;
  private loaded = false;

  constructor(
    private readonly journal: Journal,
    private readonly service: string,
  ) {}

  /** Reads what is new; the first time, the last record of every operation. */
  async refresh(): Promise<void> {
    if (!this.loaded) {
      const { upTo, last } = await this.journal.lastOfEach();
      for (const each of last) this.note(each);
      this.upTo = Math.max(this.upTo, upTo);
      this.loaded = true;
    }
    for (;;) {
      const next = await this.journal.following(this.upTo);
      if (next === undefined) return;
      this.note(next);
      this.upTo = Math.max(this.upTo, next.sequence);
    }
  }

  get(operationId: string): IndexEntry | undefined {
    return this.entries.get(operationId);
  }

  open(): IndexEntry[] {
    return [...this.entries.values()].filter((entry) => entry.open);
  }

  /** Newest first, by their last record. */
  newest(): IndexEntry[] {
    return [...this.entries.values()].sort((a, b) => b.sequence - a.sequence);
  }

  /** What the last completed runs of a runbook took, newest first. */
  completedRuns(runbook: string, most: number): Readonly<Record<string, number>>[] {
    return this.newest()
      .filter((entry) => entry.runbook === runbook)
      .flatMap((entry) => (entry.durationsMs === undefined ? [] : [entry.durationsMs]))
      .slice(0, most);
  }

  note({ sequence, record }: { readonly sequence: number; readonly record?: JournalRecord }): void {
    if (record === undefined || record.service !== this.service) return;
    const { operationId, runbook } = record;
    if ((this.entries.get(operationId)?.sequence ?? 0) > sequence) return;
    const completed = record.kind === 'settled' && record.outcome === 'completed';
    this.entries.set(operationId, {
      operationId,
      runbook,
      sequence,
      open: record.kind !== 'settled',
      ...(completed ? { durationsMs: record.durationsMs } : {}),
    });
  }
}

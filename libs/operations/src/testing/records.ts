import type { JournalRecord, NewRecord } from '../journal/record.js';
import type { OperationState } from '../state/operation-state.js';
import { begin, reduce } from '../state/replay.js';
import { type Runbook, shapeOf } from '../steps/runbook.js';

/** The moment at which a test's records are written, unless it says otherwise. */
export const testTime = Date.parse('2026-03-15T10:00:00Z');

/** A state made of records written one after another, for tests without a journal. */
export class RecordedOperation {
  readonly records: JournalRecord[] = [];
  private current: OperationState | undefined;

  constructor(runbook: Runbook) {
    this.add({ kind: 'started', version: runbook.version, nodes: shapeOf(runbook), params: {}, correlationId: 'c' });
  }

  get state(): OperationState {
    if (this.current === undefined) throw new Error('nothing was recorded');
    return this.current;
  }

  add(fields: NewRecord, options: { readonly by?: string; readonly atMs?: number } = {}): this {
    const record = placed(fields, this.records.length + 1, options.by ?? 'worker', options.atMs ?? testTime);
    this.current = this.current === undefined ? begin(record) : reduce(this.current, record);
    this.records.push(record);
    return this;
  }
}

/** A record at its place, made for tests. */
export function placed(fields: NewRecord, n: number, by = 'worker', atMs = testTime): JournalRecord {
  const at = new Date(atMs).toISOString();
  return { v: 1, id: `r${n}`, n, at, operationId: 'op', service: 'failover', runbook: 'move', by, ...fields };
}

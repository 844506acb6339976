import { type JournalRecord, type NewRecord, replay } from '@novacron/operations';
import type { BackupParams } from './backup-params.js';
import { eventsOf } from './events-of-record.js';

const params: BackupParams = {
  backupId: 'backup-20261123-040000',
  kind: 'full',
  components: ['novacron'],
  site: 'primary',
  epoch: 1,
  store: 'primary',
  startedAt: '2026-11-23T04:00:00.000Z',
  reason: 'test',
  requestId: 'r',
  estateHash: 'h',
};

const shape = (name: string, pointOfNoReturn = false) => ({
  name,
  title: name,
  attempts: 1,
  pointOfNoReturn,
  undoable: false,
});
const nodes = [shape('base-backup'), shape('commit', true), shape('replicate')].map((step) => ({
  kind: 'steps' as const,
  name: step.name,
  steps: [step],
}));
const committed = {
  parts: [{ component: 'novacron', kind: 'postgres-physical', objects: 3, sizeBytes: 30 }],
  sizeBytes: 30,
  completedAt: '2026-11-23T04:00:05.000Z',
  timeline: 1,
  stopLsn: '0/3000100',
};
const error = { code: 'UNREACHABLE', message: 'no answer', hint: '', retryable: true, details: [] } as const;

/** What is told of the last of these records. */
function told(...records: readonly NewRecord[]): { name: string; id: string; data: object }[] {
  const begun: NewRecord = { kind: 'started', version: '1', nodes, params, correlationId: 'c' };
  const journal = [begun, ...records].map(
    (record, index): JournalRecord =>
      ({
        ...{ v: 1, id: `${index}`, n: index + 1, at: '2026-11-23T04:00:07.000Z', operationId: params.backupId },
        ...{ service: 'backup', runbook: 'backup', by: 'worker' },
        ...record,
      }) as JournalRecord,
  );
  const last = journal.at(-1);
  if (last === undefined) return [];
  return eventsOf(last, replay(journal)).map(({ event, id }) => ({ name: event.constructor.name, id, data: event }));
}

const intent = (name: string, attempt = 1): NewRecord => ({ kind: 'intent', steps: [{ name, attempt }] });
const done = (step: string, result: unknown): NewRecord => ({
  ...{ kind: 'done', step, attempt: 1, found: false, durationMs: 1, result },
});

describe('what the bus is told of a backup', () => {
  it('begins with its start', () => {
    expect(told()).toMatchObject([{ name: 'BackupStarted', data: { site: 'primary', components: ['novacron'] } }]);
  });

  it('says nothing of what is not yet a backup', () => {
    expect(told(intent('base-backup'), done('base-backup', { components: [] }))).toEqual([]);
  });

  it('says that it is complete with its commit, and how long it took', () => {
    expect(told(intent('commit'), done('commit', committed))).toMatchObject([
      { name: 'BackupCompleted', id: `${params.backupId}:commit:1`, data: { durationMs: 7000, sizeBytes: 30 } },
    ]);
  });

  it('says each copy by itself', () => {
    const copies = ['dr', 'archive'].map((toStore) => ({ toStore, objects: 3, sizeBytes: 30, durationMs: 2 }));
    expect(told(intent('replicate'), done('replicate', { copies, unreachable: [] }))).toMatchObject([
      { name: 'BackupReplicated', id: `${params.backupId}:replicate:dr:1`, data: { fromStore: 'primary' } },
      { name: 'BackupReplicated', id: `${params.backupId}:replicate:archive:1` },
    ]);
  });

  it('says why it failed, whether it was undone or stopped', () => {
    const failure: NewRecord = { kind: 'failed', step: 'base-backup', attempt: 1, error };
    const undone: NewRecord[] = [
      intent('base-backup'),
      failure,
      { kind: 'undoing', reason: 'step base-backup failed' },
      { kind: 'ended', outcome: 'rolled-back', reason: 'step base-backup failed' },
    ];
    const reason = { step: 'base-backup', reason: 'no answer', code: 'UNREACHABLE' };
    expect(told(...undone)).toMatchObject([{ name: 'BackupFailed', data: reason }]);
    expect(
      told(intent('base-backup'), failure, { kind: 'stopped', error, needs: [], step: 'base-backup' }),
    ).toMatchObject([{ name: 'BackupFailed', data: reason }]);
  });
});

import { BackupSummary } from '@novacron/contracts';
import type { OperationView } from '@novacron/operations';
import { backupState, type CatalogEntry, objectsOf } from '@novacron/repository';
import { factsOfMarks, factsOfOperation, stateAfter } from './backup-life.js';
import type { BackupParams } from './backup-params.js';

/** A backup of one store as a list shows it. One whose manifest cannot be trusted is shown too, as damaged. */
export function summaryOf(entry: CatalogEntry, store: string): BackupSummary {
  const { manifest, marks, backupId } = entry;
  const status = backupState(entry);
  if (manifest === undefined) {
    const unknown = { kind: 'full' as const, components: [], sizeBytes: 0, timeline: 0 };
    const state = 'FAILED';
    return new BackupSummary({ backupId, store, status, state, startedAt: timeInId(backupId), ...unknown });
  }
  const verifiedAt = marks.filter(({ mark }) => mark === 'verified').at(-1)?.at;
  const copies = marks.filter(({ mark }) => mark === 'replicated').map((mark) => mark.store);
  return new BackupSummary({
    backupId,
    kind: manifest.kind,
    store,
    components: manifest.components.map(({ component }) => component),
    status,
    sizeBytes: objectsOf(manifest).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    startedAt: manifest.startedAt,
    completedAt: manifest.completedAt,
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
    state: stateAfter(factsOfMarks(marks)),
    form: manifest.components.some(({ kind }) => kind === 'postgres-logical') ? 'logical' : 'physical',
    ...(manifest.parentBackupId === undefined ? {} : { parentBackupId: manifest.parentBackupId }),
    replicatedTo: [...new Set(copies)],
    timeline: manifest.components.find(({ timeline }) => timeline !== undefined)?.timeline ?? 0,
  });
}

/** A backup that no store has yet, or never will, by what its operation says. */
export function summaryOfOperation(view: OperationView): BackupSummary {
  const { backupId, kind, form, components, store, startedAt, parent } = view.params as BackupParams;
  const state = stateAfter(factsOfOperation(view));
  const reason = view.error?.message ?? view.reason;
  return new BackupSummary({
    ...{ backupId, kind, store, startedAt, state, components: [...components], sizeBytes: 0, timeline: 0 },
    status: state === 'FAILED' ? 'failed' : 'running',
    form: form ?? 'physical',
    ...(parent === undefined ? {} : { parentBackupId: parent.parentBackupId }),
    ...(state === 'FAILED' && reason !== undefined ? { reason: reason.slice(0, 4000) } : {}),
  });
}

/** `backup-20261123-040155` began at 2026-11-23T04:01:55Z. */
function timeInId(backupId: string): string {
  const [, year, month, day, hour, minute, second] = /(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/u.exec(backupId) ?? [];
  return `${year ?? '1970'}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}Z`;
}

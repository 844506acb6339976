import { join } from 'node:path';
import type { Runbook } from '@novacron/operations';
import type { BackupSources } from './adapters/backup-sources.js';
import type { BackupStores } from './adapters/backup-stores.js';
import type { BackupProgress } from './backup-progress.js';
import type { ArchiveBell } from './archiving/archive-bell.js';
import type { BackupParams, VerifyParams } from './domain/backup-params.js';
import { baseBackup } from './steps/base-backup.js';
import { cleanSpool } from './steps/clean-spool.js';
import { commit } from './steps/commit.js';
import { copyChanges } from './steps/copy-changes.js';
import { findChanges } from './steps/find-changes.js';
import { hooksAfter, hooksBefore } from './steps/hooks.js';
import { logicalDump } from './steps/logical-dump.js';
import { prepareSpool } from './steps/prepare-spool.js';
import { redisDump } from './steps/redis-dump.js';
import { replicate } from './steps/replicate.js';
import { sealAndUpload } from './steps/seal-and-upload.js';
import { verify } from './steps/verify.js';
import { waitForWal } from './steps/wait-for-wal.js';
import { whenChanged } from './steps/when-changed.js';

export const runbookOf = {
  backup: 'backup',
  incremental: 'incremental-backup',
  logical: 'logical-backup',
  verify: 'verify',
  verifyStore: 'verify-store',
  prune: 'prune',
  copy: 'copy',
  drill: 'restore-drill',
} as const;

/** What the runbooks that take backups work with. */
export interface BackupParts {
  readonly sources: BackupSources;
  readonly stores: BackupStores;
  readonly estate: string;
  readonly bell: ArchiveBell;
  readonly progress: BackupProgress;
}

const before = ({ settings: { hooks } }: BackupSources) => (hooks.length === 0 ? [] : [hooksBefore(hooks)]);
const after = ({ settings: { hooks } }: BackupSources) => (hooks.length === 0 ? [] : [hooksAfter(hooks)]);

/** One backup at a time in the whole estate; a backup exists from `commit` on. */
export function backupRunbook({ sources, stores, estate, bell, progress }: BackupParts): Runbook<BackupParams> {
  return {
    name: runbookOf.backup,
    version: '1',
    exclusive: 'backup',
    nodes: [
      ...before(sources),
      prepareSpool(sources),
      baseBackup(sources, stores, progress),
      redisDump(sources),
      sealAndUpload(stores, sources.spool, progress),
      waitForWal(stores, bell),
      commit(stores, estate),
      verify<BackupParams>(stores, progress, ({ store }) => [store]),
      replicate(stores, progress),
      cleanSpool(sources.spool),
      ...after(sources),
    ],
  };
}

/** A dump of each database; what it holds is as old as its dump, no WAL leads on from it. */
export function logicalRunbook({ sources, stores, estate, progress }: BackupParts): Runbook<BackupParams> {
  return {
    name: runbookOf.logical,
    version: '1',
    exclusive: 'backup',
    nodes: [
      ...before(sources),
      prepareSpool(sources),
      logicalDump(sources, progress),
      sealAndUpload(stores, sources.spool, progress),
      commit(stores, estate),
      verify<BackupParams>(stores, progress, ({ store }) => [store]),
      replicate(stores, progress),
      cleanSpool(sources.spool),
      ...after(sources),
    ],
  };
}

/** What has changed since a backup before; nothing at all is an outcome, and leaves no backup behind. */
export function incrementalRunbook({ sources, stores, estate, bell, progress }: BackupParts): Runbook<BackupParams> {
  const nothing = { parts: [], sizeBytes: 0, completedAt: '', timeline: 0, stopLsn: '' };
  return {
    name: runbookOf.incremental,
    version: '1',
    exclusive: 'backup',
    nodes: [
      ...before(sources),
      prepareSpool(sources),
      findChanges(sources, stores, bell),
      whenChanged(copyChanges(sources, stores, progress), { components: [] }),
      whenChanged(sealAndUpload(stores, sources.spool, progress), { components: [] }),
      whenChanged(waitForWal(stores, bell), { reached: [] }),
      whenChanged(commit(stores, estate), nothing),
      whenChanged(
        verify<BackupParams>(stores, progress, ({ store }) => [store]),
        { copies: [] },
      ),
      whenChanged(replicate(stores, progress), { copies: [], unreachable: [] }),
      cleanSpool(sources.spool),
      ...after(sources),
    ],
  };
}

/** A backup that stands read back again, on demand. */
export function verifyRunbook(stores: BackupStores, spool: string, progress: BackupProgress): Runbook<VerifyParams> {
  const structureFolder = (operationId: string): string => join(spool, 'structure', operationId);
  return {
    name: runbookOf.verify,
    version: '1',
    nodes: [verify<VerifyParams>(stores, progress, (params) => params.stores, structureFolder)],
  };
}

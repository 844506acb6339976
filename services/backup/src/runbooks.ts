import { join } from 'node:path';
import type { Runbook } from '@novacron/operations';
import type { BackupSources } from './adapters/backup-sources.js';
import type { BackupStores } from './adapters/backup-stores.js';
import type { BackupParams, VerifyParams } from './domain/backup-params.js';
import { baseBackup } from './steps/base-backup.js';
import { cleanSpool } from './steps/clean-spool.js';
import { commit } from './steps/commit.js';
import { prepareSpool } from './steps/prepare-spool.js';
import { redisDump } from './steps/redis-dump.js';
import { replicate } from './steps/replicate.js';
import { sealAndUpload } from './steps/seal-and-upload.js';
import { verify } from './steps/verify.js';
import { waitForWal } from './steps/wait-for-wal.js';

export const runbookOf = {
  backup: 'backup',
  verify: 'verify',
  verifyStore: 'verify-store',
  prune: 'prune',
  copy: 'copy',
} as const;

/** One backup at a time in the whole estate; a backup exists from `commit` on. */
export function backupRunbook(sources: BackupSources, stores: BackupStores, estate: string): Runbook<BackupParams> {
  return {
    name: runbookOf.backup,
    version: '1',
    exclusive: 'backup',
    nodes: [
      prepareSpool(sources),
      baseBackup(sources),
      redisDump(sources),
      sealAndUpload(stores, sources.spool),
      waitForWal(stores),
      commit(stores, estate),
      verify<BackupParams>(stores, ({ store }) => [store]),
      replicate(stores),
      cleanSpool(sources.spool),
    ],
  };
}

/** A backup that stands read back again, on demand. */
export function verifyRunbook(stores: BackupStores, spool: string): Runbook<VerifyParams> {
  const structureFolder = (operationId: string): string => join(spool, 'structure', operationId);
  return {
    name: runbookOf.verify,
    version: '1',
    nodes: [verify<VerifyParams>(stores, (params) => params.stores, structureFolder)],
  };
}

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BackupDraft, BackupManifest, ManifestComponent } from '../manifest/backup-manifest.js';
import type { Repository } from '../repository.js';
import { parseKeyring } from '../sealing/keyring.js';

export const testKeyring = parseKeyring('k1', { k1: 'ab'.repeat(32) });

export interface TestBackup {
  readonly backupId?: string;
  readonly timeline?: number;
  readonly startLsn?: string;
  readonly stopLsn?: string;
  readonly completedAt?: string;
  readonly systemId?: string;
  readonly parentBackupId?: string;
  readonly kind?: ManifestComponent['kind'];
}

/** A backup of two real sealed objects in a store, committed. */
export async function makeBackup(
  repository: Repository,
  store: string,
  options: TestBackup = {},
): Promise<BackupManifest> {
  return repository.catalog(store).commit(await draftBackup(repository, store, options));
}

/** The objects of {@link makeBackup} without the commit. */
export async function draftBackup(
  repository: Repository,
  store: string,
  options: TestBackup = {},
): Promise<BackupDraft> {
  const backupId = options.backupId ?? 'backup-20261123-040000';
  const completedAt = options.completedAt ?? '2026-11-23T04:00:10.000Z';
  const times = { startedAt: '2026-11-23T04:00:00.000Z', completedAt };
  const put = async (name: string, size: number): ReturnType<Repository['putObject']> => {
    const bytes = randomBytes(size);
    return repository.putObject(store, { backupId, component: 'orders', name }, () => Readable.from([bytes]));
  };
  const component: ManifestComponent = {
    component: 'orders',
    kind: options.kind ?? 'postgres-physical',
    sourceSite: 'primary',
    serverVersion: '17.5',
    ...times,
    systemId: options.systemId ?? '7300000000000000001',
    timeline: options.timeline ?? 1,
    startLsn: options.startLsn ?? '0/2000028',
    stopLsn: options.stopLsn ?? '0/2000138',
    objects: [await put('base.tar', 300_000), await put('backup_manifest', 2_000)],
  };
  return {
    backupId,
    estate: 'novacron',
    kind: options.parentBackupId === undefined ? 'full' : 'incremental',
    ...(options.parentBackupId === undefined ? {} : { parentBackupId: options.parentBackupId }),
    epoch: 1,
    ...times,
    components: [component],
    toolVersion: '0.1.0',
  };
}

import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { type BackupManifest, ManifestComponent } from '@novacron/repository';
import { houseVersion } from '@novacron/service';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupParams } from '../domain/backup-params.js';
import { type CommittedBackup, resultOf, type StepResults } from './results.js';

/** The manifest, written last and once: before it there is no backup, after it nothing is taken back. */
export function commit(stores: BackupStores, estate: string): Step<BackupParams, undefined, StepResults['commit']> {
  return {
    name: 'commit',
    title: 'sign and store the manifest',
    timeoutMs: 60_000,
    attempts: 4,
    pointOfNoReturn: true,
    describe: ({ backupId, store }) => [`backups/${backupId}/manifest.json in ${store}`],
    probe: async ({ params }) => {
      try {
        return summaryOf(await stores.repository.catalog(params.store).read(params.backupId));
      } catch (error) {
        if (DrError.from(error).code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    run: async (context) => {
      const { backupId, kind, epoch, startedAt, store, parent } = context.params;
      const { components } = resultOf(context, 'seal-and-upload');
      const manifest = await stores.repository.catalog(store).commit({
        ...{ backupId, estate, kind, epoch, startedAt, operationId: context.operationId },
        completedAt: latest(components.map(({ completedAt }) => completedAt)),
        ...(parent === undefined ? {} : { parentBackupId: parent.parentBackupId }),
        components: components.map((component) => new ManifestComponent(component)),
        toolVersion: houseVersion,
      });
      return summaryOf(manifest);
    },
    verify: async ({ params }) => {
      await stores.repository.catalog(params.store).read(params.backupId);
    },
  };
}

function latest(times: readonly string[]): string {
  return times.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? new Date(0).toISOString();
}

function summaryOf({ components, completedAt }: BackupManifest): CommittedBackup {
  const parts = components.map(({ component, kind, objects }) => ({
    component,
    kind,
    objects: objects.length,
    sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }));
  const database = components.find(({ timeline }) => timeline !== undefined);
  return {
    parts,
    sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    completedAt,
    timeline: database?.timeline ?? 0,
    stopLsn: database?.stopLsn ?? '',
  };
}

import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import { describeObject, type ManifestObject, objectKey } from '@novacron/repository';
import { BackupSpool } from '../adapters/backup-spool.js';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupProgress } from '../backup-progress.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { SpooledComponent, SpooledFile } from '../domain/spooled-component.js';
import { resultOf, type StepResults, type StoredComponent } from './results.js';

/**
 * Every file of the spool, encrypted, under a key that carries the backup's id. What was stored while it was read is looked up; anything
 * else that is in the store already is read back and compared instead of sent again.
 */
export function sealAndUpload(
  stores: BackupStores,
  spoolFolder: string,
  progress: BackupProgress,
): Step<BackupParams, undefined, StepResults['seal-and-upload']> {
  return {
    name: 'seal-and-upload',
    title: 'encrypt and store every file',
    timeoutMs: 24 * 3_600_000,
    attempts: 4,
    describe: ({ backupId, store }) => [`objects backups/${backupId}/… in ${store}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const components: StoredComponent[] = [];
      const all = spooledComponents(context);
      const { backupId } = context.params;
      const totalBytes = all.flatMap(({ files }) => files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      let beforeBytes = 0;
      progress.begin(backupId, 'seal-and-upload');
      for (const spooled of all) {
        const { files, sourceNote: _told, ...described } = spooled;
        const objects: ManifestObject[] = [];
        for (const file of files) {
          const tell = (doneBytes: number): void => {
            progress.tell(backupId, 'seal-and-upload', beforeBytes + doneBytes, totalBytes);
            context.progress((100 * (beforeBytes + doneBytes)) / Math.max(1, totalBytes), file.name);
          };
          objects.push(await storeFile(stores, spoolFolder, context, spooled, file, tell));
          beforeBytes += file.sizeBytes;
        }
        components.push({ ...described, objects });
      }
      return { components };
    },
    verify: async ({ params }, { components }) => {
      const store = stores.repository.store(params.store);
      for (const { key, sizeBytes } of components.flatMap(({ objects }) => objects)) {
        if ((await store.head(key))?.sizeBytes === sizeBytes) continue;
        throw new DrError('VERIFY_FAILED', `${key} is not in ${params.store} with ${sizeBytes} bytes`);
      }
    },
  };
}

const readingSteps = ['base-backup', 'copy-changes', 'logical-dump', 'redis-dump'] as const;

function spooledComponents(context: StepContext<BackupParams>): SpooledComponent[] {
  const steps = readingSteps.filter((step) => context.results.has(step));
  return steps.flatMap((step) => resultOf(context, step).components);
}

async function storeFile(
  { repository }: BackupStores,
  spoolFolder: string,
  context: StepContext<BackupParams>,
  { component }: SpooledComponent,
  file: SpooledFile,
  tell: (doneBytes: number) => void,
): Promise<ManifestObject> {
  const { params, signal } = context;
  signal.throwIfAborted();
  const key = objectKey(params.backupId, component, file.name);
  const store = repository.store(params.store);
  const spool = new BackupSpool(spoolFolder, params.backupId);
  const found = await store.head(key);
  if (file.stored !== undefined && found?.sizeBytes === file.stored.sizeBytes) return file.stored;
  const object =
    found === undefined
      ? await repository.putFile(
          params.store,
          { backupId: params.backupId, component, name: file.name },
          {
            ...{ path: spool.path(file), atMostBytes: file.sizeBytes, signal, onProgress: tell },
            header: { path: spool.headerOf(file), takeUp: await spool.isUnchanged(file) },
          },
        )
      : await describeObject(store, key, repository.keyring, { signal });
  if (object.plainSha256 === file.sha256) return object;
  throw new DrError('CORRUPT_OBJECT', `${key} in ${params.store} is not what was read from ${component}`, {
    hint: 'begin a new backup, and look at the disc of the spool',
  });
}

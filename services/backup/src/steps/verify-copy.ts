import { DrError } from '@novacron/contracts';
import { backupState, incrementChain, manifestKey, type Repository, type VerifyOptions } from '@novacron/repository';
import type { BackupStores } from '../adapters/backup-stores.js';
import { structureProblems } from '../adapters/structure-check.js';
import type { VerifiedCopy } from './results.js';

/**
 * Reads every object of a backup back from one store and writes down in the catalog what was found.
 * @throws DrError CORRUPT_OBJECT naming every object that is missing or damaged; it is marked as refuted then.
 */
export async function verifyCopy(
  { repository }: BackupStores,
  store: string,
  backupId: string,
  options: {
    readonly operationId: string;
    readonly signal: AbortSignal;
    readonly structureFolder?: string;
    readonly onProgress?: VerifyOptions['onProgress'];
  },
): Promise<VerifiedCopy> {
  const { operationId, signal, structureFolder, onProgress } = options;
  const { objects, checkedBytes, durationMs } = await repository.verify(store, backupId, {
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const bad: { key: string; problem?: string }[] = objects.filter(({ problem }) => problem !== undefined);
  if (bad.length === 0) bad.push(...(await brokenChain(repository, store, backupId)));
  if (bad.length === 0 && structureFolder !== undefined) {
    const manifest = await repository.catalog(store).read(backupId);
    const unsound = await structureProblems(repository, store, manifest, { folder: structureFolder, signal });
    bad.push(...unsound.map(({ path, problem }) => ({ key: path, problem })));
  }
  const good = bad.length === 0;
  const at = new Date();
  await repository.catalog(store).mark(
    backupId,
    {
      mark: good ? 'verified' : 'refuted',
      store,
      operationId,
      objects: objects.length,
      checkedBytes,
      durationMs,
      ...(good
        ? {}
        : {
            note: bad
              .map(({ key }) => key)
              .join(', ')
              .slice(0, 1000),
          }),
    },
    at,
  );
  if (good)
    return { store, objects: objects.length, sizeBytes: checkedBytes, durationMs, verifiedAt: at.toISOString() };
  const names = bad.map(({ key }) => key);
  throw new DrError('CORRUPT_OBJECT', `${backupId} in ${store} is damaged: ${names.slice(0, 5).join(', ')}`, {
    details: bad.map(({ key, problem = 'is damaged' }) => ({ path: `${store}:${key}`, problem })),
  });
}

/** What an increment builds on, where that is not there or was found damaged: alone it is worth nothing. */
async function brokenChain(
  repository: Repository,
  store: string,
  backupId: string,
): Promise<{ readonly key: string; readonly problem: string }[]> {
  const catalog = repository.catalog(store);
  const manifest = await catalog.read(backupId);
  if (!manifest.components.some(({ kind }) => kind === 'postgres-incremental')) return [];
  const { entries } = await catalog.list();
  const sound = entries.filter((entry) => entry.backupId === backupId || backupState(entry) !== 'damaged');
  const manifests = sound.flatMap((entry) => entry.manifest ?? []);
  return manifest.components.flatMap(({ component }) => {
    const whole = incrementChain(manifests, manifest, component);
    return 'problem' in whole
      ? [{ key: manifestKey(backupId), problem: `${whole.problem}, or was found damaged` }]
      : [];
  });
}

/** What an earlier attempt of the operation found to be good already. */
export async function verifiedBefore(
  { repository }: BackupStores,
  store: string,
  backupId: string,
  operationId: string,
): Promise<VerifiedCopy | undefined> {
  const { marks } = await repository.catalog(store).show(backupId);
  const mark = marks.find((one) => one.mark === 'verified' && one.operationId === operationId && one.store === store);
  if (mark === undefined) return undefined;
  const { objects = 0, checkedBytes = 0, durationMs = 0, at } = mark;
  return { store, objects, sizeBytes: checkedBytes, durationMs, verifiedAt: at };
}

/** @throws DrError VERIFY_FAILED unless the catalog says of each store that this operation found its copy good. */
export async function requireVerified(
  stores: BackupStores,
  names: readonly string[],
  backupId: string,
  operationId: string,
): Promise<void> {
  for (const store of names) {
    if ((await verifiedBefore(stores, store, backupId, operationId)) !== undefined) continue;
    throw new DrError('VERIFY_FAILED', `${store} does not say that ${backupId} was verified`);
  }
}

import { DrError, durationMs, type ObjectStore, type Store } from '@novacron/contracts';
import { FileStore } from '../file-store/file-store.js';
import { LimitedStore } from '../limited-store/limited-store.js';
import { S3Store } from '../s3/s3-store.js';
import { awsLogin } from './aws-login.js';
import { type EstateContext, estatePath } from './estate-context.js';

/** The estate's stores by name. @throws DrError INVALID_ESTATE for one that lacks what its kind needs. */
export async function objectStores(
  stores: readonly Store[],
  context: EstateContext,
): Promise<ReadonlyMap<string, ObjectStore>> {
  const made = stores.map(async (store) => [store.name, await objectStore(store, context)] as const);
  return new Map(await Promise.all(made));
}

async function objectStore(store: Store, context: EstateContext): Promise<ObjectStore> {
  const made = await unlimitedStore(store, context);
  return store.maxBytesPerSecond === undefined ? made : new LimitedStore(made, store.maxBytesPerSecond);
}

async function unlimitedStore(store: Store, context: EstateContext): Promise<ObjectStore> {
  const { name, kind, bucket, endpoint, path, storageClass, objectLock } = store;
  if (kind === 'file') {
    if (path === undefined) throw incomplete(name, 'path');
    return new FileStore({ name, folder: estatePath(context, path) });
  }
  if (bucket === undefined) throw incomplete(name, 'bucket');
  return new S3Store({
    name,
    bucket,
    region: store.region ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(storageClass === undefined || storageClass === 'STANDARD' ? {} : { storageClass }),
    ...(objectLock === undefined
      ? {}
      : { objectLock: { mode: objectLock.mode, keepForMs: durationMs(objectLock.keepFor) } }),
    ...(await awsLogin(store, context)),
  });
}

function incomplete(name: string, field: string): DrError {
  return new DrError('INVALID_ESTATE', `store ${name} needs ${field}`, {
    details: [{ path: field, problem: 'is missing' }],
  });
}

import type { Readable } from 'node:stream';
import { DrError, type ObjectStore } from '@novacron/contracts';
import { Catalog, manifestsOf } from './catalog/catalog.js';
import { objectKey } from './catalog/layout.js';
import { recoveryWindows, type RecoveryWindows } from './catalog/recovery-window.js';
import type { BackupManifest, ManifestObject } from './manifest/backup-manifest.js';
import { concurrently } from './objects/concurrently.js';
import { readObject } from './objects/read-object.js';
import { storeObject } from './objects/store-object.js';
import { replicateBackup, type ReplicationReport } from './replicate/replicate-backup.js';
import { replicateWal, type WalReplicationReport } from './replicate/replicate-wal.js';
import type { Keyring } from './sealing/keyring.js';
import { verifyBackup, type VerifyOptions, type VerifyReport } from './verify/verify-backup.js';
import { WalArchive } from './wal/wal-archive.js';

interface Abortable {
  readonly signal?: AbortSignal;
}

/** The stores of an estate by name, and what services do with them. Every method names the store it works on. */
export class Repository {
  constructor(
    private readonly stores: ReadonlyMap<string, ObjectStore>,
    readonly keyring: Keyring,
  ) {}

  get storeNames(): string[] {
    return [...this.stores.keys()];
  }

  /** @throws DrError NOT_FOUND naming the stores there are. */
  store(name: string): ObjectStore {
    const store = this.stores.get(name);
    if (store !== undefined) return store;
    throw new DrError('NOT_FOUND', `there is no store ${name}`, {
      hint: `the stores are ${this.storeNames.join(', ')}`,
    });
  }

  catalog(store: string): Catalog {
    return new Catalog(this.store(store), this.keyring);
  }

  wal(store: string, systemId: string, options: { readonly segmentSizeBytes?: number } = {}): WalArchive {
    return new WalArchive({ store: this.store(store), keyring: this.keyring, systemId, ...options });
  }

  /** Seals one object of a backup into a store; see {@link storeObject}. */
  async putObject(
    store: string,
    place: { readonly backupId: string; readonly component: string; readonly name: string },
    source: () => Readable,
    options: Abortable & { readonly plainSizeBytes?: number } = {},
  ): Promise<ManifestObject> {
    const key = objectKey(place.backupId, place.component, place.name);
    return storeObject(this.store(store), this.keyring, { key, source, ...options });
  }

  /** The plaintext of an object; see {@link readObject}. */
  async openObject(store: string, object: ManifestObject, options: Abortable = {}): Promise<Readable> {
    return readObject(this.store(store), object, this.keyring, options);
  }

  async verify(store: string, backupId: string, options: VerifyOptions = {}): Promise<VerifyReport> {
    return verifyBackup(this.catalog(store), backupId, options);
  }

  async replicate(
    backupId: string,
    stores: { readonly from: string; readonly to: string },
    options: Abortable = {},
  ): Promise<ReplicationReport> {
    return replicateBackup(this.catalog(stores.from), this.catalog(stores.to), backupId, options);
  }

  async replicateWal(
    systemId: string,
    stores: { readonly from: string; readonly to: string },
    options: Abortable = {},
  ): Promise<WalReplicationReport> {
    return replicateWal(this.store(stores.from), this.store(stores.to), systemId, this.keyring, options);
  }

  /** What the backups and WAL of one store can restore. */
  async recoveryWindows(store: string, options: { readonly segmentSizeBytes?: number } = {}): Promise<RecoveryWindows> {
    const manifests = manifestsOf(await this.catalog(store).list());
    const indexes = await concurrently(systemsOf(manifests), 4, async (systemId) => {
      return [systemId, await this.wal(store, systemId, options).index()] as const;
    });
    return recoveryWindows(manifests, new Map(indexes));
  }
}

export function openRepository(options: {
  readonly stores: ReadonlyMap<string, ObjectStore>;
  readonly keyring: Keyring;
}): Repository {
  return new Repository(options.stores, options.keyring);
}

function systemsOf(manifests: readonly BackupManifest[]): string[] {
  const physical = manifests.flatMap((one) => one.components).filter((one) => one.kind === 'postgres-physical');
  return [...new Set(physical.map((component) => component.systemId))];
}

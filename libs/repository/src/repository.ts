import type { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { DrError, type ObjectStore } from '@novacron/contracts';
import { Catalog, manifestsOf } from './catalog/catalog.js';
import { objectKey } from './catalog/layout.js';
import { recoveryWindows, type RecoveryWindows } from './catalog/recovery-window.js';
import { keysKnownTo, recordKeys } from './keys/store-keys.js';
import type { BackupManifest, ManifestObject } from './manifest/backup-manifest.js';
import { isServerCopy } from './manifest/increment-chain.js';
import { concurrently } from './objects/concurrently.js';
import { readObject } from './objects/read-object.js';
import { openObjectInto } from './objects/open-object.js';
import { storeFile, type StoreFileOptions } from './objects/store-file.js';
import { storeObject } from './objects/store-object.js';
import { replicateBackup, type ReplicateOptions, type ReplicationReport } from './replicate/replicate-backup.js';
import { replicateWal, type WalReplicationReport } from './replicate/replicate-wal.js';
import { planPrune, type PrunableStore, prune, type PruneReport } from './retention/prune-store.js';
import type { RetentionPolicy } from './retention/retention-policy.js';
import type { Keyring } from './sealing/keyring.js';
import { verifyBackup, type VerifyOptions, type VerifyReport } from './verify/verify-backup.js';
import type { StoreContents } from './verify/compare-stores.js';
import { type StoreReport, verifyStore, type VerifyStoreOptions } from './verify/verify-store.js';
import { walPrefix } from './wal/chunk-key.js';
import type { WalIndex } from './wal/coverage.js';
import { WalArchive } from './wal/wal-archive.js';

interface Abortable {
  readonly signal?: AbortSignal;
}

/** The stores of an estate by name, and what services do with them. Every method names the store it works on. */
export class Repository {
  readonly keyring: Keyring;
  private readonly keys: Map<string, Uint8Array>;
  /** Stores whose keys are known. */
  private readonly learnt = new Map<string, Promise<void>>();

  constructor(
    private readonly stores: ReadonlyMap<string, ObjectStore>,
    keyring: Keyring,
  ) {
    this.keys = new Map(keyring.keys);
    this.keyring = { current: keyring.current, keys: this.keys };
  }

  /**
   * Takes up the keys that a store holds sealed by those at hand; asked of each store before it is read or written. Done once.
   * @throws DrError WRONG_KEY when a key at hand is not the one that the store knows under its id, or the store's own.
   */
  async learnKeys(store: string): Promise<void> {
    const known = this.learnt.get(store);
    if (known !== undefined) return known;
    const learning = keysKnownTo(this.store(store), this.keyring).then((keys) => {
      for (const [keyId, key] of keys) this.keys.set(keyId, key);
    });
    this.learnt.set(store, learning);
    learning.catch(() => this.learnt.delete(store));
    return learning;
  }

  /** Has a store know the keys at hand, so that the current one will open what older ones sealed; see {@link recordKeys}. */
  async recordKeys(store: string): Promise<void> {
    await this.learnKeys(store);
    await recordKeys(this.store(store), this.keyring);
  }

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

  /** Seals a file into a store; see {@link storeFile}. */
  async putFile(
    store: string,
    place: { readonly backupId: string; readonly component: string; readonly name: string },
    options: Omit<StoreFileOptions, 'key'>,
  ): Promise<ManifestObject> {
    const key = objectKey(place.backupId, place.component, place.name);
    return storeFile(this.store(store), this.keyring, { key, ...options });
  }

  /** The plaintext of an object to another thread; see {@link openObjectInto}. */
  async openInto(store: string, object: ManifestObject, port: MessagePort, options: Abortable = {}): Promise<void> {
    await this.learnKeys(store);
    return openObjectInto(this.store(store), object, this.keyring, port, options);
  }

  /** The plaintext of an object; see {@link readObject}. */
  async openObject(store: string, object: ManifestObject, options: Abortable = {}): Promise<Readable> {
    await this.learnKeys(store);
    return readObject(this.store(store), object, this.keyring, options);
  }

  async verify(store: string, backupId: string, options: VerifyOptions = {}): Promise<VerifyReport> {
    await this.learnKeys(store);
    return verifyBackup(this.catalog(store), backupId, options);
  }

  /** Reads everything a store holds back, beside what the others that are named hold; see {@link verifyStore}. */
  async verifyStore(
    store: string,
    options: Omit<VerifyStoreOptions, 'others'> & { readonly beside?: readonly string[] } = {},
  ): Promise<StoreReport> {
    const { beside = [], ...rest } = options;
    const others = await concurrently(beside, 2, async (name) => this.contents(name));
    const { wal } = await this.contents(store);
    return verifyStore(this.catalog(store), wal, { ...rest, others });
  }

  /** What a store says that it holds. */
  async contents(store: string): Promise<StoreContents> {
    await this.learnKeys(store);
    const listing = await this.catalog(store).list();
    const wal = await this.walIndexes(store, await this.archivedSystems(store), { tolerant: true });
    return { store, listing, wal };
  }

  async replicate(
    backupId: string,
    stores: { readonly from: string; readonly to: string },
    options: ReplicateOptions = {},
  ): Promise<ReplicationReport> {
    await Promise.all([this.learnKeys(stores.from), this.learnKeys(stores.to)]);
    return replicateBackup(this.catalog(stores.from), this.catalog(stores.to), backupId, options);
  }

  async replicateWal(
    systemId: string,
    stores: { readonly from: string; readonly to: string },
    options: Abortable = {},
  ): Promise<WalReplicationReport> {
    await Promise.all([this.learnKeys(stores.from), this.learnKeys(stores.to)]);
    return replicateWal(this.store(stores.from), this.store(stores.to), systemId, this.keyring, options);
  }

  /** What the backups and WAL of one store can restore. */
  async recoveryWindows(store: string, options: { readonly segmentSizeBytes?: number } = {}): Promise<RecoveryWindows> {
    await this.learnKeys(store);
    const manifests = manifestsOf(await this.catalog(store).list());
    return recoveryWindows(
      manifests,
      await this.walIndexes(store, systemsOf(manifests), { ...options, tolerant: true }),
    );
  }

  /** What retention may take of a store, proved; see {@link planPrune}. Changes nothing. */
  async planPrune(store: string, policy: RetentionPolicy, now: Date): Promise<PrunableStore> {
    await this.learnKeys(store);
    return planPrune(this.catalog(store), await this.walIndexes(store, await this.archivedSystems(store)), policy, now);
  }

  /** Removes what a plan names; see {@link prune}. */
  async prune(
    store: string,
    plan: Pick<PrunableStore, 'expire' | 'locked' | 'leftovers' | 'wal'>,
    options: Abortable & { readonly now: Date; readonly operationId?: string },
  ): Promise<PruneReport> {
    return prune(this.catalog(store), plan, options);
  }

  /** The PostgreSQL systems whose WAL a store holds. */
  async archivedSystems(store: string): Promise<string[]> {
    const systems = new Set<string>();
    for await (const { key } of this.store(store).list(walPrefix)) systems.add(key.split('/')[1] ?? '');
    return [...systems];
  }

  private async walIndexes(
    store: string,
    systems: readonly string[],
    options: { readonly segmentSizeBytes?: number; readonly tolerant?: boolean } = {},
  ): Promise<ReadonlyMap<string, WalIndex>> {
    const { tolerant = false, ...archive } = options;
    const indexes = await concurrently(systems, 4, async (systemId) => {
      return [systemId, await this.wal(store, systemId, archive).index({ tolerant })] as const;
    });
    return new Map(indexes);
  }
}

export function openRepository(options: {
  readonly stores: ReadonlyMap<string, ObjectStore>;
  readonly keyring: Keyring;
}): Repository {
  return new Repository(options.stores, options.keyring);
}

function systemsOf(manifests: readonly BackupManifest[]): string[] {
  const physical = manifests.flatMap((one) => one.components).filter(isServerCopy);
  return [...new Set(physical.map((component) => component.systemId))];
}

import type { Readable } from 'node:stream';

/** What a store says about one object. */
export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** RFC 3339, UTC: the store's clock. It may speak against a deletion, never for one. */
  readonly modifiedAt: string;
  /** RFC 3339, UTC: the store refuses to delete the object before (Object Lock); only `head` tells. */
  readonly lockedUntil?: string;
  /** The store refuses to delete the object while this stands (Object Lock); only `head` tells. */
  readonly legalHold?: boolean;
}

/** How an object is stored, as far as the store can. */
export interface StoredHow {
  /** Read seldom and kept long: may go to the class of storage that the estate names for the store. */
  readonly bulk?: boolean;
  /** Kept from deletion for the time that the estate names for the store, by the store itself. */
  readonly retain?: boolean;
}

export interface PutOptions extends StoredHow {
  readonly sizeBytes?: number;
  readonly signal?: AbortSignal;
}

/** What a store can do, as it was tried out. */
export interface StoreCapabilities {
  /** It refuses to create what exists: without this it is not used. */
  readonly conditionalPut: boolean;
  /** The class of storage that the estate names; absent when it names none. */
  readonly storageClass?: { readonly asked: string; readonly taken: boolean };
  /** What is deleted stays as an old version unless that is deleted too. */
  readonly versioned: boolean;
  readonly objectLock: boolean;
}

/**
 * Where backups are kept. Two real adapters exist: S3 and a folder. Errors are DrError: NOT_FOUND, CONFLICT (the key exists
 * and `ifAbsent` was asked for), STORE_FAILED or UNREACHABLE (both retryable).
 */
export interface ObjectStore {
  /** The name in the estate file, for messages and manifests. */
  readonly name: string;
  /** Stores the whole body under a key that must not exist yet; resolved once the store has confirmed it. */
  put(key: string, body: Readable | Uint8Array, options?: PutOptions): Promise<ObjectInfo>;
  /** The object's bytes, whole or a range (`end` exclusive). */
  get(
    key: string,
    options?: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal },
  ): Promise<Readable>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Every object whose key begins with the prefix, in key order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Also what is not there. PRECONDITION_FAILED for an object that the store has locked. */
  delete(key: string): Promise<void>;
  /** Copies from another store without passing through us where both are one server; false when that cannot be done. */
  copyFrom(source: ObjectStore, key: string, how?: StoredHow): Promise<boolean>;
  /** Proves that the store can be written, read and refuses an overwrite; throws with what is missing. */
  probe(): Promise<{ readonly conditionalPut: boolean }>;
  /** Tries out what the store can do; leaves nothing. Throws as {@link probe} does. */
  capabilities(): Promise<StoreCapabilities>;
}

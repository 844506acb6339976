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

/** A write that was begun and never ended: nobody can read it, and it takes room. */
export interface UnfinishedWrite {
  readonly key: string;
  /** RFC 3339, UTC: the store's clock. */
  readonly begunAt: string;
}

export interface PutOptions extends StoredHow {
  readonly sizeBytes?: number;
  /** Where the size is not known: the body will hardly be longer, and what is planned by its size is planned for that. */
  readonly atMostBytes?: number;
  readonly signal?: AbortSignal;
}

export interface CopyOptions extends StoredHow {
  /** Where the server copies in parts: after each, the bytes that it has copied so far. */
  readonly onProgress?: (doneBytes: number) => void;
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

/** What a store offers whose objects are files of this machine: they need not pass through streams then. */
export interface LocalObjects {
  /**
   * Stores what `write` puts into a file that does not exist yet, with all that {@link ObjectStore.put} promises; what `write` throws
   * leaves nothing behind.
   */
  put(key: string, write: (path: string) => Promise<void>, options?: PutOptions): Promise<ObjectInfo>;
  /** Where an object lies, to be read only; the file need not exist. */
  pathOf(key: string): string;
}

/**
 * Where backups are kept. Two real adapters exist: S3 and a folder. Errors are DrError: NOT_FOUND, CONFLICT (the key exists
 * and `ifAbsent` was asked for), STORE_FAILED or UNREACHABLE (both retryable).
 */
export interface ObjectStore {
  /** The name in the estate file, for messages and manifests. */
  readonly name: string;
  /** Absent where objects are no files of this machine, or all bytes must pass by because they are counted. */
  readonly local?: LocalObjects;
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
  copyFrom(source: ObjectStore, key: string, options?: CopyOptions): Promise<boolean>;
  /**
   * Removes what writes left behind that never ended and are older than that by the store's own clock, whatever ours says; says what it
   * was. Nothing where the store does not tell its time.
   */
  clearUnfinished(olderThanMs: number): Promise<UnfinishedWrite[]>;
  /** Proves that the store can be written, read and refuses an overwrite; throws with what is missing. */
  probe(): Promise<{ readonly conditionalPut: boolean }>;
  /** Tries out what the store can do; leaves nothing. Throws as {@link probe} does. */
  capabilities(): Promise<StoreCapabilities>;
}

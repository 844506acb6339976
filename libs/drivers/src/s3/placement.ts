import { createHash } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { StoredHow } from '@novacron/contracts';
import { nameOf } from './s3-errors.js';

export interface PlacementOptions {
  readonly storageClass?: string;
  readonly objectLock?: { readonly mode: 'governance' | 'compliance'; readonly keepForMs: number };
}

export type PlacementSettings = Pick<
  PutObjectCommandInput,
  'StorageClass' | 'ObjectLockMode' | 'ObjectLockRetainUntilDate'
>;

/** Below it the cheaper classes are charged as if it had this size. */
const smallestBulkBytes = 128 * 1024;

/** Whether a server takes the class of storage it was asked for; found out by asking, once. */
export class StorageClassTaken {
  refused = false;

  constructor(readonly asked: string | undefined) {}
}

/** Where and how one object is to be stored: class of storage, lock, and what a lock needs. */
export class Placement {
  constructor(
    private readonly how: StoredHow,
    private readonly options: PlacementOptions,
    private readonly storageClass: StorageClassTaken,
    private readonly now: () => number = Date.now,
  ) {}

  get locks(): boolean {
    return this.options.objectLock !== undefined && this.how.retain === true;
  }

  classFor(sizeBytes: number): Pick<PutObjectCommandInput, 'StorageClass'> {
    const { asked, refused } = this.storageClass;
    const useClass = this.how.bulk === true && asked !== undefined && !refused && sizeBytes >= smallestBulkBytes;
    return useClass ? { StorageClass: asked as NonNullable<PutObjectCommandInput['StorageClass']> } : {};
  }

  settings(sizeBytes: number): PlacementSettings {
    const { Mode, RetainUntilDate } = this.retention() ?? {};
    return {
      ...this.classFor(sizeBytes),
      ...(Mode === undefined ? {} : { ObjectLockMode: Mode, ObjectLockRetainUntilDate: RetainUntilDate }),
    };
  }

  /** How long the store itself keeps the object; undefined where it is not to be locked. */
  retention(): { readonly Mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly RetainUntilDate: Date } | undefined {
    const { objectLock } = this.options;
    if (objectLock === undefined || !this.locks) return undefined;
    const Mode = objectLock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE';
    return { Mode, RetainUntilDate: new Date(this.now() + objectLock.keepForMs) };
  }

  /** What is to be locked is taken with a checksum alone; this one every server knows. */
  checksumOf(body: Uint8Array): { readonly ContentMD5?: string } {
    return this.locks ? { ContentMD5: createHash('md5').update(body).digest('base64') } : {};
  }

  /** Sends again without the class where the server does not know it. */
  async send<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (this.storageClass.refused || !refusesClass(error)) throw error;
      this.storageClass.refused = true;
      return request();
    }
  }
}

function refusesClass(error: unknown): boolean {
  return nameOf(error) === 'InvalidStorageClass' || nameOf(error) === 'InvalidStorageClassError';
}

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  type CopyOptions,
  DrError,
  type ObjectInfo,
  type ObjectStore,
  type PutOptions,
  type StoreCapabilities,
  type StoredHow,
  type UnfinishedWrite,
} from '@novacron/contracts';
import { credentialsOf } from '../aws/credentials.js';
import { partBytesFor } from './parts.js';
import { withRetry } from './retry.js';
import { Placement, type PlacementOptions, StorageClassTaken } from './placement.js';
import { copyWithin } from './s3-copy.js';
import { isAbsent, isBeyondEnd, isPassing, nameOf, s3Error, statusOf } from './s3-errors.js';
import { upload } from './s3-upload.js';
import { abortUpload, begunMs, unfinishedUploads } from './unfinished-upload.js';

export interface S3StoreOptions extends PlacementOptions {
  readonly name: string;
  readonly bucket: string;
  readonly region: string;
  /** For servers other than AWS, addressed by path. */
  readonly endpoint?: string;
  /** What the AWS SDK finds by itself unless given. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Put before every key, for instance `estates/novacron/`. */
  readonly prefix?: string;
  /** Of each request, the first included (default 5). */
  readonly attempts?: number;
  readonly connectTimeoutMs?: number;
  /** The longest silence of a connection (default 60 s). */
  readonly idleTimeoutMs?: number;
  /** Bodies longer than this go in parts of this size, or more where they would be too many (default 16 MiB, 64 MiB when nobody knows how
   * long the body will be; S3 takes no part below 5 MiB). */
  readonly partBytes?: number;
  /** Copies within the server that are longer go in parts (default 5 GiB: S3 copies no more in one request). */
  readonly copyLimitBytes?: number;
}

/**
 * An S3 bucket as an object store. Nothing is ever overwritten: each write carries If-None-Match, so the server itself
 * refuses. What passes (no answer, 429, 5xx) is repeated with backoff; every object is looked up once stored.
 */
export class S3Store implements ObjectStore {
  readonly name: string;
  readonly #client: S3Client;
  readonly #attempts: number;
  readonly #storageClass: StorageClassTaken;
  #versioned: Promise<boolean> | undefined;

  constructor(private readonly options: S3StoreOptions) {
    this.name = options.name;
    this.#attempts = options.attempts ?? 5;
    this.#storageClass = new StorageClassTaken(options.storageClass);
    this.#client = new S3Client({
      region: options.region,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
      ...credentialsOf(options),
      // The checksums that newer SDKs add are unknown to some servers; our own SHA-256 is in every manifest.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Repeating is ours: only we know whether the first attempt may have had its effect.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: options.connectTimeoutMs ?? 3_000,
        socketTimeout: options.idleTimeoutMs ?? 60_000,
      },
    });
  }

  async put(
    key: string,
    body: Readable | Uint8Array,
    { sizeBytes, atMostBytes, signal, ...how }: PutOptions = {},
  ): Promise<ObjectInfo> {
    const what = this.#what('put', key);
    const placement = this.#placement(how);
    try {
      const partBytes = partBytesFor(
        body instanceof Uint8Array ? body.length : (sizeBytes ?? atMostBytes),
        this.options.partBytes,
      );
      const client = this.#client;
      const stored = await upload({
        client,
        bucket: this.options.bucket,
        key: this.#key(key),
        body,
        partBytes,
        sizeBytes,
        signal,
        attempts: this.#attempts,
        placement,
      });
      const info = await this.head(key);
      if (info?.sizeBytes !== stored) {
        throw new DrError('STORE_FAILED', `${what}: ${stored} bytes were sent, ${info?.sizeBytes ?? 0} are there`);
      }
      await this.#requireLock(key, info, placement);
      return info;
    } catch (error) {
      if (body instanceof Readable) body.destroy();
      throw s3Error(error, what, signal);
    }
  }

  async get(
    key: string,
    { start = 0, end, signal }: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const what = this.#what('get', key);
    if (end !== undefined && end <= start) return Readable.from([]);
    const whole = start === 0 && end === undefined;
    const range = whole ? {} : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` };
    try {
      const answer = await withRetry(
        () => this.#client.send(new GetObjectCommand({ ...this.#at(key), ...range }), sending(signal)),
        { attempts: this.#attempts, signal },
      );
      return Readable.from(checked(answer.Body as Readable, answer.ContentLength, what, signal), { objectMode: false });
    } catch (error) {
      if (isBeyondEnd(error)) return Readable.from([]);
      throw s3Error(error, what, signal);
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    try {
      const answer = await withRetry(() => this.#client.send(new HeadObjectCommand(this.#at(key))), {
        attempts: this.#attempts,
      });
      const { ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = answer;
      return {
        ...infoOf(key, answer.ContentLength, answer.LastModified),
        ...(until === undefined ? {} : { lockedUntil: until.toISOString() }),
        ...(hold === 'ON' ? { legalHold: true } : {}),
      };
    } catch (error) {
      // A HEAD has no body, so that a missing bucket looks like a missing key; `probe` tells them apart.
      if (isAbsent(error)) return undefined;
      throw s3Error(error, this.#what('head', key));
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    const own = this.options.prefix ?? '';
    let ContinuationToken: string | undefined;
    do {
      const page = await withRetry(
        () =>
          this.#client.send(
            new ListObjectsV2Command({ Bucket: this.options.bucket, Prefix: own + prefix, ContinuationToken }),
          ),
        { attempts: this.#attempts },
      ).catch((error: unknown) => {
        throw s3Error(error, this.#what('list', prefix));
      });
      for (const { Key = '', Size, LastModified } of page.Contents ?? [])
        yield infoOf(Key.slice(own.length), Size, LastModified);
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  /** The object itself, also where the bucket keeps versions: one that is only hidden would cost as before. */
  async delete(key: string): Promise<void> {
    try {
      const version = (await this.#isVersioned()) ? await this.#versionOf(key) : {};
      if (version === undefined) return;
      const command = new DeleteObjectCommand({ ...this.#at(key), ...version });
      await withRetry(() => this.#client.send(command), { attempts: this.#attempts });
    } catch (error) {
      if (statusOf(error) === 403 || nameOf(error) === 'AccessDenied') await this.#refuseLocked(key, error);
      throw s3Error(error, this.#what('delete', key));
    }
  }

  /** Within one server and one identity the bytes stay there; the copy, too, must be new. */
  async copyFrom(source: ObjectStore, key: string, { onProgress, ...how }: CopyOptions = {}): Promise<boolean> {
    if (!(source instanceof S3Store) || !this.#sameServer(source)) return false;
    const original = await source.head(key);
    if (original === undefined) throw new DrError('NOT_FOUND', `${source.#what('copy', key)}: no such object`);
    const placement = this.#placement(how);
    const CopySource = [source.options.bucket, ...source.#key(key).split('/')].map(encodeURIComponent).join('/');
    try {
      await copyWithin({
        client: this.#client,
        ...{ bucket: this.options.bucket, key: this.#key(key), source: CopySource, sizeBytes: original.sizeBytes },
        ...{ attempts: this.#attempts, placement },
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(this.options.copyLimitBytes === undefined ? {} : { limitBytes: this.options.copyLimitBytes }),
      });
    } catch (error) {
      throw s3Error(error, this.#what('copy', key));
    }
    const copy = await this.head(key);
    if (copy?.sizeBytes !== original.sizeBytes)
      throw new DrError('STORE_FAILED', `${this.#what('copy', key)}: the copy has another size`);
    await this.#requireLock(key, copy, placement);
    return true;
  }

  async clearUnfinished(olderThanMs: number): Promise<UnfinishedWrite[]> {
    const own = this.options.prefix ?? '';
    const place = { client: this.#client, bucket: this.options.bucket, attempts: this.#attempts };
    const cleared: UnfinishedWrite[] = [];
    try {
      for await (const upload of unfinishedUploads(place, own)) {
        const { Key = '', UploadId = '' } = upload;
        if (upload.ageMs === undefined || upload.ageMs <= olderThanMs) continue;
        await abortUpload(place, Key, UploadId);
        cleared.push({ key: Key.slice(own.length), begunAt: new Date(begunMs(upload)).toISOString() });
      }
    } catch (error) {
      throw s3Error(error, this.#what('look for unfinished uploads below', '/'));
    }
    return cleared;
  }

  async probe(): Promise<{ readonly conditionalPut: boolean }> {
    const key = `probe/${randomUUID()}`;
    const body = Buffer.from(key);
    await this.put(key, body);
    try {
      const read = Buffer.concat(await (await this.get(key)).toArray());
      if (!read.equals(body))
        throw new DrError('STORE_FAILED', `${this.#what('read', key)}: other bytes than were stored`);
      const overwritten = await this.put(key, body).then(
        () => true,
        (error: unknown) => {
          if (DrError.is(error) && error.code === 'CONFLICT') return false;
          throw error;
        },
      );
      return { conditionalPut: !overwritten };
    } finally {
      // A writer without the right to delete is a good writer: the probe object is then left to the retention.
      await this.delete(key).catch(() => undefined);
    }
  }

  async capabilities(): Promise<StoreCapabilities> {
    const { storageClass: asked } = this.options;
    const { conditionalPut } = await this.probe();
    if (asked !== undefined) {
      const key = `probe/${randomUUID()}`;
      await this.put(key, Buffer.alloc(128 * 1024), { bulk: true });
      await this.delete(key).catch(() => undefined);
    }
    const lock = new GetObjectLockConfigurationCommand({ Bucket: this.options.bucket });
    const objectLock = await this.#client.send(lock).then(
      (answer) => answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
      () => false,
    );
    if (this.options.objectLock !== undefined && !objectLock) {
      throw new DrError(
        'STORE_FAILED',
        `the bucket of store ${this.name} has no Object Lock, which the estate asks for`,
        {
          hint: 'switch Object Lock on for the bucket, or take objectLock out of the estate file',
          retryable: false,
        },
      );
    }
    return {
      conditionalPut,
      ...(asked === undefined ? {} : { storageClass: { asked, taken: !this.#storageClass.refused } }),
      versioned: await this.#isVersioned(),
      objectLock,
    };
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.destroy();
  }

  /** Not every server takes a lock along with an object of several parts: what does not show it is locked by itself. */
  async #requireLock(key: string, info: ObjectInfo, placement: Placement): Promise<void> {
    const Retention = placement.retention();
    if (Retention === undefined || info.lockedUntil !== undefined) return;
    const command = new PutObjectRetentionCommand({ ...this.#at(key), Retention, ...(await this.#versionOf(key)) });
    await withRetry(() => this.#client.send(command), { attempts: this.#attempts }).catch((error: unknown) => {
      throw s3Error(error, this.#what('lock', key));
    });
    if ((await this.head(key))?.lockedUntil !== undefined) return;
    throw new DrError('STORE_FAILED', `${this.#what('lock', key)}: the store does not show the lock`);
  }

  #placement(how: StoredHow): Placement {
    return new Placement(how, this.options, this.#storageClass);
  }

  /** Asked once; a server that does not know the question keeps no versions. */
  async #isVersioned(): Promise<boolean> {
    this.#versioned ??= this.#client.send(new GetBucketVersioningCommand({ Bucket: this.options.bucket })).then(
      ({ Status }) => Status !== undefined,
      (error: unknown) => {
        if (isPassing(error)) this.#versioned = undefined;
        return false;
      },
    );
    return this.#versioned;
  }

  async #versionOf(key: string): Promise<{ readonly VersionId?: string } | undefined> {
    try {
      const head = new HeadObjectCommand(this.#at(key));
      const { VersionId } = await withRetry(() => this.#client.send(head), { attempts: this.#attempts });
      return VersionId === undefined ? {} : { VersionId };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async #refuseLocked(key: string, cause: unknown): Promise<void> {
    const info = await this.head(key);
    if (info?.legalHold !== true && info?.lockedUntil === undefined) return;
    const until = info.legalHold === true ? 'is under a legal hold' : `is locked until ${info.lockedUntil}`;
    throw new DrError('PRECONDITION_FAILED', `${this.#what('delete', key)}: it ${until}`, { cause });
  }

  #key(key: string): string {
    return `${this.options.prefix ?? ''}${key}`;
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.options.bucket, Key: this.#key(key) };
  }

  #what(verb: string, key: string): string {
    return `${verb} ${key} in store ${this.name}`;
  }

  #sameServer({ options }: S3Store): boolean {
    const { endpoint, region, accessKeyId } = this.options;
    return endpoint === options.endpoint && region === options.region && accessKeyId === options.accessKeyId;
  }
}

const sending = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

const infoOf = (key: string, size: number | undefined, modified: Date | undefined): ObjectInfo => ({
  key,
  sizeBytes: size ?? 0,
  modifiedAt: (modified ?? new Date(0)).toISOString(),
});

/** A body that breaks off, or ends before its length, is an error and never a short object. */
async function* checked(
  body: Readable,
  expected: number | undefined,
  what: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let read = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      read += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw s3Error(error, what, signal);
  }
  if (expected !== undefined && read !== expected)
    throw new DrError('STORE_FAILED', `${what}: ${read} of ${expected} bytes came`);
}

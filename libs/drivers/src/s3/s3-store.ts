import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { DrError, type ObjectInfo, type ObjectStore } from '@novacron/contracts';
import { partBytesFor } from './parts.js';
import { withRetry } from './retry.js';
import { isAbsent, isBeyondEnd, s3Error } from './s3-errors.js';
import { upload } from './s3-upload.js';

export interface S3StoreOptions {
  readonly name: string;
  readonly bucket: string;
  readonly region: string;
  /** For servers other than AWS, addressed by path. */
  readonly endpoint?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Put before every key, for instance `estates/novacron/`. */
  readonly prefix?: string;
  /** Of each request, the first included (default 5). */
  readonly attempts?: number;
  readonly connectTimeoutMs?: number;
  /** The longest silence of a connection (default 60 s). */
  readonly idleTimeoutMs?: number;
  /** Bodies longer than this go in parts of this size (default 64 MiB; S3 takes no part below 5 MiB). */
  readonly partBytes?: number;
}

/** CopyObject takes no more in one request. */
const copyLimitBytes = 5 * 1024 ** 3;

/**
 * An S3 bucket as an object store. Nothing is ever overwritten: each write carries If-None-Match, so the server itself
 * refuses. What passes (no answer, 429, 5xx) is repeated with backoff; every object is looked up once stored.
 */
export class S3Store implements ObjectStore {
  readonly name: string;
  readonly #client: S3Client;
  readonly #attempts: number;

  constructor(private readonly options: S3StoreOptions) {
    this.name = options.name;
    this.#attempts = options.attempts ?? 5;
    this.#client = new S3Client({
      region: options.region,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
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
    { sizeBytes, signal }: { readonly sizeBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ObjectInfo> {
    const what = this.#what('put', key);
    try {
      const partBytes = partBytesFor(body instanceof Uint8Array ? body.length : sizeBytes, this.options.partBytes);
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
      });
      const info = await this.head(key);
      if (info?.sizeBytes !== stored) {
        throw new DrError('STORE_FAILED', `${what}: ${stored} bytes were sent, ${info?.sizeBytes ?? 0} are there`);
      }
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
      return infoOf(key, answer.ContentLength, answer.LastModified);
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

  async delete(key: string): Promise<void> {
    try {
      await withRetry(() => this.#client.send(new DeleteObjectCommand(this.#at(key))), { attempts: this.#attempts });
    } catch (error) {
      throw s3Error(error, this.#what('delete', key));
    }
  }

  /** Within one server and one identity the bytes stay there; the copy, too, must be new. */
  async copyFrom(source: ObjectStore, key: string): Promise<boolean> {
    if (!(source instanceof S3Store) || !this.#sameServer(source)) return false;
    const original = await source.head(key);
    if (original === undefined) throw new DrError('NOT_FOUND', `${source.#what('copy', key)}: no such object`);
    if (original.sizeBytes > copyLimitBytes) return false;
    const CopySource = [source.options.bucket, ...source.#key(key).split('/')].map(encodeURIComponent).join('/');
    try {
      await this.#client.send(new CopyObjectCommand({ ...this.#at(key), CopySource, IfNoneMatch: '*' }));
    } catch (error) {
      throw s3Error(error, this.#what('copy', key));
    }
    const copy = await this.head(key);
    if (copy?.sizeBytes !== original.sizeBytes)
      throw new DrError('STORE_FAILED', `${this.#what('copy', key)}: the copy has another size`);
    return true;
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

  /** Closes idle connections. */
  close(): void {
    this.#client.destroy();
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

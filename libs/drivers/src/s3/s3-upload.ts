import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DrError } from '@novacron/contracts';
import { partsOf } from './parts.js';
import type { Placement } from './placement.js';
import { withRetry } from './retry.js';
import { isExists, isUndecided } from './s3-errors.js';

export interface Upload {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly body: Readable | Uint8Array;
  readonly partBytes: number;
  /** What the body was announced to have; another size is refused before the object appears. */
  readonly sizeBytes?: number | undefined;
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
  readonly placement: Placement;
}

/** Marks the object as the work of this very call: so a repeated request knows its own first success from another's object. */
const markName = 'dr-upload';
const partsInFlight = 2;

/**
 * Stores a body under a key that must not exist, in one request or, beyond one part, as a multipart upload that is
 * aborted when anything fails. Returns the number of bytes stored. Throws what S3 answered; CONFLICT when the key exists.
 */
export async function upload(options: Upload): Promise<number> {
  const mark = randomUUID();
  const parts = partsOf(options.body, options.partBytes);
  const first = await parts.next();
  const second = await parts.next();
  if (first.done) throw new Error('a body has at least one part');
  if (second.done) return putWhole(options, first.value, mark);
  return putInParts(options, withFirst(first.value, second.value, parts), mark);
}

async function* withFirst(first: Buffer, second: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield second;
  yield* rest;
}

async function putWhole(options: Upload, body: Buffer, mark: string): Promise<number> {
  const { client, bucket, key, signal, placement } = options;
  assertSize(options, body.length);
  const command = () =>
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentLength: body.length,
      IfNoneMatch: '*',
      Metadata: { [markName]: mark },
      ...placement.settings(body.length),
      ...placement.checksumOf(body),
    });
  await withRetry(
    (mayBeDone) =>
      placement
        .send(() => client.send(command(), sending(signal)))
        .catch((error: unknown) => unlessOurs(options, mark, mayBeDone, error)),
    options,
  );
  return body.length;
}

async function putInParts(options: Upload, parts: AsyncGenerator<Buffer>, mark: string): Promise<number> {
  const { client, bucket, key, signal, placement } = options;
  const at = { Bucket: bucket, Key: key };
  await refuseExisting(options);
  const begin = () =>
    new CreateMultipartUploadCommand({ ...at, Metadata: { [markName]: mark }, ...placement.settings(Infinity) });
  const { UploadId } = await withRetry(() => placement.send(() => client.send(begin(), sending(signal))), options);
  try {
    const { completed, sizeBytes } = await sendParts(options, UploadId, parts);
    assertSize(options, sizeBytes);
    const complete = () =>
      new CompleteMultipartUploadCommand({ ...at, UploadId, IfNoneMatch: '*', MultipartUpload: { Parts: completed } });
    await withRetry(async (mayBeDone) => {
      try {
        await client.send(complete(), sending(signal));
      } catch (error) {
        if (isUndecided(error)) throw startAgain(key, error);
        await unlessOurs(options, mark, mayBeDone, error);
      }
    }, options);
    return sizeBytes;
  } catch (error) {
    // Its parts cost money until somebody does; the bucket's lifecycle rule is for when this fails as well.
    await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function sendParts(options: Upload, UploadId: string | undefined, parts: AsyncGenerator<Buffer>) {
  const { client, bucket, key, signal } = options;
  const completed: CompletedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  let sizeBytes = 0;
  let failure: { error: unknown } | undefined;
  const send = async (PartNumber: number, Body: Buffer) => {
    const command = () =>
      new UploadPartCommand({
        ...{ Bucket: bucket, Key: key, UploadId, PartNumber, Body, ContentLength: Body.length },
        ...options.placement.checksumOf(Body),
      });
    const { ETag } = await withRetry(() => client.send(command(), sending(signal)), options);
    completed[PartNumber - 1] = { PartNumber, ETag };
  };
  for await (const part of parts) {
    sizeBytes += part.length;
    const number = completed.length + 1;
    completed.push({});
    const sent: Promise<void> = send(number, part)
      .catch((error: unknown) => void (failure ??= { error }))
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= partsInFlight) await Promise.race(inFlight);
    if (failure) break;
  }
  await Promise.all(inFlight);
  if (failure) throw failure.error;
  return { completed, sizeBytes };
}

async function refuseExisting({ client, bucket, key, signal }: Upload): Promise<void> {
  const exists = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), sending(signal)).then(
    () => true,
    () => false,
  );
  if (exists) throw new DrError('CONFLICT', `${key} exists already`);
}

function assertSize({ key, sizeBytes }: Upload, came: number): void {
  if (sizeBytes === undefined || sizeBytes === came) return;
  throw new DrError('STORE_FAILED', `put ${key}: ${sizeBytes} bytes were announced, ${came} came`);
}

/** A request that was repeated may meet the object of its own first attempt, whose answer was lost. */
async function unlessOurs(
  { client, bucket, key }: Upload,
  mark: string,
  mayBeDone: boolean,
  error: unknown,
): Promise<void> {
  if (!mayBeDone || !isExists(error)) throw error;
  const { Metadata } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  if (Metadata?.[markName] !== mark) throw error;
}

function startAgain(key: string, cause: unknown): DrError {
  return new DrError('STORE_FAILED', `another write of ${key} was under way`, {
    hint: 'send the whole body again: the store did not decide between the two',
    cause,
  });
}

const sending = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

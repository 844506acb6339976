import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
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
import { isAbsent, isExists, isPassing, isUndecided } from './s3-errors.js';
import {
  abortUpload,
  type HeldPart,
  isSamePart,
  type UnfinishedUpload,
  unfinishedUploadOf,
} from './unfinished-upload.js';

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
const bytesInFlight = 64 * 1024 * 1024;

/**
 * Stores a body under a key that must not exist, in one request or, beyond one part, as a multipart upload
 * that can be gone on with. Returns the number of bytes stored. Throws what S3 answered; CONFLICT when the key exists.
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

/**
 * An upload of the key that was left by a crash, or by an attempt that the store did not let through, is gone on with: parts that the
 * server holds as they would be sent are not sent again. One that may succeed later is left for that; any other is aborted.
 */
async function putInParts(options: Upload, parts: AsyncGenerator<Buffer>, mark: string): Promise<number> {
  const { client, bucket, key, signal } = options;
  const at = { Bucket: bucket, Key: key };
  await refuseExisting(options);
  const upload = (await unfinishedUploadOf(options, key)) ?? (await beginUpload(options, mark));
  const UploadId = upload.uploadId;
  try {
    const { completed, sizeBytes } = await sendParts(options, upload, parts);
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
    // Its parts cost money until somebody aborts it: housekeeping does for one that is not gone on with.
    if (signal?.aborted === true || !isPassing(error)) await abortUpload(options, key, UploadId).catch(() => undefined);
    throw error;
  }
}

async function beginUpload({ client, bucket, key, signal, placement, attempts }: Upload, mark: string) {
  const command = () =>
    new CreateMultipartUploadCommand({
      ...{ Bucket: bucket, Key: key, Metadata: { [markName]: mark } },
      ...placement.settings(Infinity),
    });
  const begin = () => placement.send(() => client.send(command(), sending(signal)));
  const { UploadId } = await withRetry(begin, { attempts, signal });
  if (UploadId === undefined) throw new DrError('STORE_FAILED', `the upload of ${key} was begun without a name`);
  return { uploadId: UploadId, parts: new Map<number, HeldPart>() } satisfies UnfinishedUpload;
}

async function sendParts(options: Upload, upload: UnfinishedUpload, parts: AsyncGenerator<Buffer>) {
  const { client, bucket, key, signal } = options;
  const completed: CompletedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  let sizeBytes = 0;
  let failure: { error: unknown } | undefined;
  const send = async (PartNumber: number, Body: Buffer) => {
    const held = upload.parts.get(PartNumber);
    if (isSamePart(held, Body)) {
      completed[PartNumber - 1] = { PartNumber, ETag: held.etag };
      return;
    }
    const command = () =>
      new UploadPartCommand({
        ...{ Bucket: bucket, Key: key, UploadId: upload.uploadId, PartNumber, Body, ContentLength: Body.length },
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
    if (inFlight.size >= inFlightOf(options.partBytes)) await Promise.race(inFlight);
    if (failure) break;
  }
  await Promise.all(inFlight);
  if (failure) throw failure.error;
  return { completed, sizeBytes };
}

/** A part is in memory until it was sent, beside the one that is filled: large ones go one by one. */
function inFlightOf(partBytes: number): number {
  return Math.max(1, Math.min(partsInFlight, Math.floor(bytesInFlight / partBytes)));
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
  // An upload that is not there any more was completed, or aborted by another: the object tells.
  if (!mayBeDone || !(isExists(error) || isAbsent(error))) throw error;
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

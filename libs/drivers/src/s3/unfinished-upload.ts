import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { withRetry } from './retry.js';
import { serverClockOf } from './server-clock.js';

export interface Place {
  readonly client: S3Client;
  readonly bucket: string;
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
}

/** A part that the server holds already. */
export interface HeldPart {
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface UnfinishedUpload {
  readonly uploadId: string;
  readonly parts: ReadonlyMap<number, HeldPart>;
}

export interface FoundUpload extends MultipartUpload {
  /** By the server's clock alone, whose answers carry it; absent where they do not. */
  readonly ageMs?: number;
}

/** Uploads under a prefix that were begun and neither completed nor aborted. */
export async function* unfinishedUploads(
  { client, bucket, attempts, signal }: Place,
  prefix: string,
): AsyncGenerator<FoundUpload> {
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (marker !== undefined) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker });
    const clock = serverClockOf(command);
    const page: ListMultipartUploadsCommandOutput = await withRetry(() => client.send(command), { attempts, signal });
    const nowMs = clock();
    for (const upload of page.Uploads ?? [])
      yield nowMs === undefined || upload.Initiated === undefined
        ? upload
        : { ...upload, ageMs: nowMs - begunMs(upload) };
    marker =
      page.IsTruncated === true && page.NextKeyMarker !== undefined
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined;
  }
}

/** The newest upload of a key that was left unfinished, with its parts; undefined when there is none, or the server does not say. */
export async function unfinishedUploadOf(place: Place, key: string): Promise<UnfinishedUpload | undefined> {
  try {
    let newest: MultipartUpload | undefined;
    for await (const upload of unfinishedUploads(place, key)) {
      if (upload.Key === key && (newest === undefined || begunMs(upload) >= begunMs(newest))) newest = upload;
    }
    if (newest?.UploadId === undefined) return undefined;
    return { uploadId: newest.UploadId, parts: await partsOfUpload(place, key, newest.UploadId) };
  } catch (error) {
    if (place.signal?.aborted === true) throw error;
    return undefined;
  }
}

async function partsOfUpload(place: Place, key: string, uploadId: string): Promise<ReadonlyMap<number, HeldPart>> {
  const { client, bucket, attempts, signal } = place;
  const parts = new Map<number, HeldPart>();
  for (let marker: string | undefined = ''; ;) {
    const command: ListPartsCommand = new ListPartsCommand({
      ...{ Bucket: bucket, Key: key, UploadId: uploadId },
      ...(marker === '' ? {} : { PartNumberMarker: marker }),
    });
    const page = await withRetry(() => client.send(command), { attempts, signal });
    for (const { PartNumber = 0, ETag = '', Size = -1 } of page.Parts ?? [])
      parts.set(PartNumber, { etag: ETag, sizeBytes: Size });
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    if (marker === undefined) return parts;
  }
}

/** Ends an upload for good: what it holds costs money until somebody does. */
export async function abortUpload({ client, bucket, attempts }: Place, key: string, uploadId: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
  await withRetry(() => client.send(command), { attempts });
}

/** A part's ETag is the MD5 of its bytes where the server keeps no secret of its own with it; any other tells nothing. */
export function isSamePart(held: HeldPart | undefined, bytes: Uint8Array): held is HeldPart {
  if (held?.sizeBytes !== bytes.length) return false;
  return held.etag.replaceAll('"', '') === createHash('md5').update(bytes).digest('hex');
}

export function begunMs({ Initiated }: MultipartUpload): number {
  return Initiated?.getTime() ?? 0;
}

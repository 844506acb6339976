import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { DrError } from '@novacron/contracts';
import { partBytesFor } from './parts.js';
import type { Placement } from './placement.js';
import { withRetry } from './retry.js';

export interface CopyWithin {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  /** Bucket and key, encoded. */
  readonly source: string;
  readonly sizeBytes: number;
  readonly attempts: number;
  readonly placement: Placement;
  readonly limitBytes?: number;
  /** After each part, the bytes that are copied so far. */
  readonly onProgress?: (doneBytes: number) => void;
}

/** CopyObject takes no more in one request. */
const defaultLimitBytes = 5 * 1024 ** 3;
const smallestPartBytes = 512 * 1024 * 1024;
const partsInFlight = 4;

/**
 * Copies an object within one server under a key that must not exist yet, in parts beyond the limit. An error that comes inside a
 * 200 is one. A lock is not part of it: the copy is locked once it is there. Throws what S3 answered.
 */
export async function copyWithin(options: CopyWithin): Promise<void> {
  const { client, bucket, key, source, sizeBytes, placement, limitBytes = defaultLimitBytes } = options;
  const at = { Bucket: bucket, Key: key };
  if (sizeBytes <= limitBytes) {
    const command = () =>
      new CopyObjectCommand({ ...at, CopySource: source, IfNoneMatch: '*', ...placement.classFor(sizeBytes) });
    const { CopyObjectResult } = await placement.send(() => client.send(command()));
    requireResult(CopyObjectResult, key);
    return;
  }
  const begin = () => new CreateMultipartUploadCommand({ ...at, ...placement.classFor(sizeBytes) });
  const { UploadId } = await withRetry(() => placement.send(() => client.send(begin())), options);
  try {
    const Parts = await copyParts(options, UploadId, Math.min(limitBytes, partBytesFor(sizeBytes, smallestPartBytes)));
    const complete = new CompleteMultipartUploadCommand({
      ...at,
      UploadId,
      IfNoneMatch: '*',
      MultipartUpload: { Parts },
    });
    await client.send(complete);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function copyParts(
  options: CopyWithin,
  UploadId: string | undefined,
  partBytes: number,
): Promise<CompletedPart[]> {
  const { client, bucket, key, source, sizeBytes } = options;
  const parts: CompletedPart[] = [];
  const count = Math.ceil(sizeBytes / partBytes);
  let next = 0;
  let doneBytes = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const first = index * partBytes;
      const last = Math.min(sizeBytes, (index + 1) * partBytes) - 1;
      const command = new UploadPartCopyCommand({
        ...{ Bucket: bucket, Key: key, UploadId, PartNumber: index + 1, CopySource: source },
        CopySourceRange: `bytes=${first}-${last}`,
      });
      const { CopyPartResult } = await withRetry(() => client.send(command), options);
      parts[index] = { PartNumber: index + 1, ETag: requireResult(CopyPartResult, key).ETag };
      doneBytes += last - first + 1;
      options.onProgress?.(doneBytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(partsInFlight, count) }, work));
  return parts;
}

/** Some servers answer 200 at once and the outcome in the body: without it there is no copy. */
function requireResult<T extends { readonly ETag?: string | undefined }>(result: T | undefined, key: string): T {
  if (result?.ETag !== undefined) return result;
  throw new DrError('STORE_FAILED', `the copy of ${key} was answered without its outcome`);
}

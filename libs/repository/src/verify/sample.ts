import { createHash } from 'node:crypto';

/** One run of several that read everything between them: `index` of `of`, counted from 0. */
export interface VerifyShare {
  readonly index: number;
  readonly of: number;
}

/**
 * Whether a run reads an object. Every object is in exactly one share, so that as many runs as there are shares have read
 * all of it: a sample drawn at random never gets there for sure.
 */
export function isInShare(key: string, share: VerifyShare | undefined): boolean {
  if (share === undefined || share.of <= 1) return true;
  return createHash('sha256').update(key).digest().readUInt32BE() % share.of === share.index % share.of;
}

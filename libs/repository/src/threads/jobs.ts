import type { MessagePort } from 'node:worker_threads';
import type { ErrorReply } from '@novacron/contracts/threads';
import type { Counted } from '../objects/damage.js';
import type { SealHeader } from '../sealing/seal-header.js';

/** Where a thread takes bytes from: a file of this machine that it reads by itself, or whoever sends. */
export type ByteSource = { readonly path: string } | { readonly port: MessagePort };
export type ByteSink = { readonly path: string } | { readonly port: MessagePort };

/** Seals a file. */
export interface SealJob {
  readonly kind: 'seal';
  readonly header: SealHeader;
  readonly objectKey: string;
  /** One that is still written to is followed until it is said to be whole. */
  readonly source: { readonly path: string; readonly growing: boolean };
  readonly sink: ByteSink;
}

/** Opens a sealed object; without a sink only to see that it opens. */
export interface OpenJob {
  readonly kind: 'open';
  readonly header: SealHeader;
  readonly objectKey: string;
  readonly source: ByteSource;
  readonly sink?: ByteSink;
  /** What the manifest says: anything else is damage, told before the end is. */
  readonly expected: { readonly stored: Counted; readonly plain: Counted };
}

export type Job = SealJob | OpenJob;

/** Sizes and SHA-256 of both sides of a job: the stored bytes, and what they are opened. */
export interface JobResult {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly plainSizeBytes: number;
  readonly plainSha256: string;
}

export type ToThread =
  | { readonly id: number; readonly job: Job }
  | { readonly id: number; readonly whole: true }
  | { readonly id: number; readonly aborted: true };

export type FromThread =
  | { readonly id: number; readonly doneBytes: number }
  | { readonly id: number; readonly result: JobResult }
  | { readonly id: number; readonly error: ErrorReply }
  /** The file system's own word, for whoever knows what the file is. */
  | { readonly id: number; readonly systemError: { readonly code: string; readonly message: string } };

/** What a job is told while it runs. */
export interface JobControl {
  whole: boolean;
  aborted: boolean;
}

import { DrError } from '@novacron/contracts';
import type { StepContext } from '@novacron/operations';
import type { ManifestComponent } from '@novacron/repository';
import type { IncrementBase } from '../domain/increment-base.js';
import type { SpooledComponent } from '../domain/spooled-component.js';

/** A component of the manifest as plain data, as the journal keeps it. */
export type StoredComponent = { readonly [K in keyof ManifestComponent]: ManifestComponent[K] };

export interface CommittedPart {
  readonly component: string;
  readonly kind: string;
  readonly objects: number;
  readonly sizeBytes: number;
}

export interface CommittedBackup {
  readonly parts: readonly CommittedPart[];
  readonly sizeBytes: number;
  readonly completedAt: string;
  readonly timeline: number;
  readonly stopLsn: string;
}

export interface VerifiedCopy {
  readonly store: string;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly verifiedAt: string;
}

export interface ReplicatedCopy {
  readonly toStore: string;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly durationMs: number;
}

/** What has happened to a database since the parent of an incremental backup. */
export interface FoundChanges extends IncrementBase {
  readonly untilLsn: string;
  /** The server's clock when it was there. */
  readonly at: string;
  /** `server_version_num`. */
  readonly serverVersion: number;
  /** Its position and kind; absent when nothing has changed. */
  readonly firstChange?: string;
}

/** What each step leaves in the journal for those after it, and for the events. */
export interface StepResults {
  'prepare-spool': { readonly freeBytes: number; readonly neededBytes: number };
  'base-backup': { readonly components: readonly SpooledComponent[] };
  'find-changes': { readonly components: readonly FoundChanges[]; readonly unchanged: boolean };
  'copy-changes': { readonly components: readonly SpooledComponent[]; readonly note?: string };
  'logical-dump': { readonly components: readonly SpooledComponent[] };
  'redis-dump': { readonly components: readonly SpooledComponent[] };
  'seal-and-upload': { readonly components: readonly StoredComponent[] };
  'wait-for-wal': { readonly reached: readonly { readonly component: string; readonly lsn: string }[] };
  commit: CommittedBackup;
  verify: { readonly copies: readonly VerifiedCopy[] };
  replicate: { readonly copies: readonly ReplicatedCopy[]; readonly unreachable: readonly string[] };
  'hooks-before': { readonly run: readonly string[] };
  'hooks-after': { readonly run: readonly string[] };
  'clean-spool': { readonly removed: true };
}

/** @throws DrError INTERNAL when the step has not run: the runbook has it in the wrong place. */
export function resultOf<K extends keyof StepResults>(context: Pick<StepContext, 'results'>, step: K): StepResults[K] {
  const result = context.results.get(step);
  if (result === undefined) throw new DrError('INTERNAL', `step ${step} has left no result`);
  return result as StepResults[K];
}

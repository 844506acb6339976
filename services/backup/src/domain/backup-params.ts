import type { BackupForm, BackupKind } from '@novacron/contracts';
import type { Increment } from './increment-base.js';

/** What a backup was begun with; kept in its first journal record. */
export interface BackupParams {
  /** Also the operation's id. */
  readonly backupId: string;
  readonly kind: BackupKind;
  /** `physical` when absent. */
  readonly form?: BackupForm;
  /** What an incremental backup builds on. */
  readonly parent?: Increment;
  readonly components: readonly string[];
  /** The active site by the epoch record: where everything is read. */
  readonly site: string;
  readonly epoch: number;
  /** The store that takes the backup: the first that answered. */
  readonly store: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly reason: string;
  /** Tells who began it, where two ask within one second. */
  readonly requestId: string;
  /** What caused it, so that the same cause does not begin a second one. */
  readonly cause?: string;
  readonly estateHash: string;
}

/** What reading a backup back again was begun with. */
export interface VerifyParams {
  readonly backupId: string;
  readonly stores: readonly string[];
  /** Whether databases are unpacked and looked at by pg_verifybackup too. */
  readonly structure?: boolean;
}

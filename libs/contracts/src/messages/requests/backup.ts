import { Count, Flag, Fraction, ListOf, Name, Names, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';
import { type BackupForm, backupForms, type BackupKind, backupKinds } from '../events/backup.js';

/** Takes a backup now. Without components: everything the estate backs up. */
export class RunBackup extends Message {
  @Optional() @OneOf(backupKinds) kind?: BackupKind;
  @Optional() @Names() components?: string[];
  @Optional() @NonEmptyText(1000) reason?: string;
  /** `physical` unless said otherwise: see {@link backupForms}. */
  @Optional() @OneOf(backupForms) form?: BackupForm;
}

/** Ends a backup that runs; nothing of it stays. */
export class CancelBackup extends Message {
  @Name() backupId!: string;
  @Optional() @NonEmptyText(200) by?: string;
  @Optional() @NonEmptyText(1000) reason?: string;
}

/** Restores a backup aside, compares and times it, and removes what was restored. */
export class DrillBackup extends Message {
  /** A database. The first of the estate unless named. */
  @Optional() @Name() component?: string;
  /** The newest verified one, with all the WAL behind it, unless named. */
  @Optional() @Name() backupId?: string;
}

/**
 * Reads a backup back, from one store or from each. Without a backup: everything a store holds, WAL, manifests and marks too,
 * each store compared with the others.
 */
export class VerifyBackup extends Message {
  @Optional() @Name() backupId?: string;
  @Optional() @Name() store?: string;
  /** The share of objects to read, such as 0.2: runs one after another read all of them. All by default. */
  @Optional() @Fraction() sample?: number;
  /** Also unpacks each database on this machine and has pg_verifybackup look at it. */
  @Optional() @Flag() structure?: boolean;
}

/** Removes what retention no longer asks for, after proving that a recoverable chain remains. */
export class PruneBackups extends Message {
  @Optional() @Name() store?: string;
  /** Only says what would be removed, what would stay, and why. */
  @Optional() @Flag() dryRun?: boolean;
}

export class QueryBackupList extends Message {
  @Optional() @Name() store?: string;
  @Optional() @Name() component?: string;
  /** Also those that run, and those that have failed: nothing can be restored from them. */
  @Optional() @Flag() all?: boolean;
}

export class QueryRecoveryWindow extends Message {
  @Optional() @Name() component?: string;
  @Optional() @Name() store?: string;
  /** Asks whether this moment can be reached, and from which backup. */
  @Optional() @Time() at?: string;
}

export class BackupSummary extends Message {
  @Name() backupId!: string;
  @OneOf(backupKinds) kind!: BackupKind;
  @Name() store!: string;
  @Names() components!: string[];
  @Text(40) status!: string;
  @Count() sizeBytes!: number;
  @Time() startedAt!: string;
  @Optional() @Time() completedAt?: string;
  @Optional() @Time() verifiedAt?: string;
  @Optional() @Names() replicatedTo?: string[];
  @Count() timeline!: number;
  @Optional() @OneOf(backupForms) form?: BackupForm;
  @Optional() @Name() parentBackupId?: string;
  /** RUNNING, UPLOADED, WAITING_FOR_WAL, COMPLETED, VERIFIED, DRILLED or FAILED. */
  @Optional() @Text(40) state?: string;
  /** Why it is FAILED. */
  @Optional() @Text() reason?: string;
}

export class BackupList extends Message {
  @ListOf(() => BackupSummary) backups!: BackupSummary[];

  constructor(fields: Fields<BackupList>) {
    super(fields);
  }
}

/** A stretch of time in which every moment can be restored, from the named backup and the WAL behind it. */
export class RecoverySpan extends Message {
  @Name() component!: string;
  @Name() store!: string;
  @Name() backupId!: string;
  @Count() timeline!: number;
  @Time() from!: string;
  @Time() to!: string;
  @Text(40) fromLsn!: string;
  @Text(40) toLsn!: string;
}

export class RecoveryWindow extends Message {
  @ListOf(() => RecoverySpan) spans!: RecoverySpan[];
  /** The span that reaches the time asked for, when one was. */
  @Optional() @Name() backupId?: string;

  constructor(fields: Fields<RecoveryWindow>) {
    super(fields);
  }
}

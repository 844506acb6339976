import { Count, Flag, ListOf, Name, Names, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';

export const backupKinds = ['full', 'incremental'] as const;
export type BackupKind = (typeof backupKinds)[number];

/** `physical`: whole servers, as files. `logical`: a dump of each database, restorable one by one and table by table. */
export const backupForms = ['physical', 'logical'] as const;
export type BackupForm = (typeof backupForms)[number];

/** One part of a backup, as it lies in the store. */
export class BackupPart extends Message {
  @Name() component!: string;
  @Name() kind!: string;
  @Count() objects!: number;
  @Count() sizeBytes!: number;
}

export class BackupStarted extends Message {
  @Name() backupId!: string;
  @OneOf(backupKinds) kind!: BackupKind;
  @Names() components!: string[];
  @Name() site!: string;
  @Time() startedAt!: string;
  @Optional() @OneOf(backupForms) form?: BackupForm;
  /** What an incremental backup builds on. */
  @Optional() @Name() parentBackupId?: string;
  /** Why it is taken; also why it is a full one where an incremental one was asked for. */
  @Optional() @Text(2000) reason?: string;

  constructor(fields: Fields<BackupStarted>) {
    super(fields);
  }
}

/** Every object is in the store and the WAL up to consistency is archived; not yet read back. */
export class BackupCompleted extends Message {
  @Name() backupId!: string;
  @OneOf(backupKinds) kind!: BackupKind;
  @Name() store!: string;
  @ListOf(() => BackupPart) parts!: BackupPart[];
  @Count() sizeBytes!: number;
  @Count() durationMs!: number;
  @Time() completedAt!: string;
  @Count() timeline!: number;
  @Text(40) stopLsn!: string;
  @Optional() @Name() parentBackupId?: string;
  /** What must be known of how it was taken, such as that an incremental backup consists of archived WAL alone. */
  @Optional() @Text() note?: string;

  constructor(fields: Fields<BackupCompleted>) {
    super(fields);
  }
}

/** An incremental backup found that nothing has changed since the one it would build on: there is nothing to store. */
export class BackupUnchanged extends Message {
  @Name() backupId!: string;
  @Name() parentBackupId!: string;
  @Names() components!: string[];
  /** All WAL between that backup and here was read, and held no change. */
  @Text(40) untilLsn!: string;
  @Time() checkedAt!: string;
  @Count() durationMs!: number;

  constructor(fields: Fields<BackupUnchanged>) {
    super(fields);
  }
}

/** How far the present step of a backup is; at most one each second. */
export class BackupProgressed extends Message {
  @Name() backupId!: string;
  @Name() step!: string;
  @Count() doneBytes!: number;
  /** An estimate where the source does not know it. */
  @Optional() @Count() totalBytes?: number;
  @Count() bytesPerSecond!: number;
  @Optional() @Count() remainingMs?: number;

  constructor(fields: Fields<BackupProgressed>) {
    super(fields);
  }
}

/** A restore of the backup was tried aside, compared and timed, and then removed. */
export class BackupDrilled extends Message {
  @Name() backupId!: string;
  @Name() store!: string;
  @Name() component!: string;
  /** Of the restore: how long this database would have been away. */
  @Count() durationMs!: number;
  @Count() rtoMs!: number;
  @Flag() withinRto!: boolean;
  /** The heartbeat that was written before and must have come back. */
  @Count() heartbeatExpected!: number;
  @Count() heartbeatFound!: number;
  @Time() recoveredTo!: string;
  @Name() operationId!: string;

  constructor(fields: Fields<BackupDrilled>) {
    super(fields);
  }
}

export const archiveFaults = ['gap', 'slot-lost', 'spool-full', 'timeline-switched', 'not-received'] as const;

/** Something is wrong with the WAL archive of a database, or was mended; a switch of the timeline is told the same way. */
export class WalArchiveTroubled extends Message {
  @Name() component!: string;
  @OneOf(archiveFaults) fault!: (typeof archiveFaults)[number];
  @OneOf(['found', 'over']) state!: 'found' | 'over';
  @NonEmptyText() reason!: string;
  @Optional() @Name() site?: string;
  @Optional() @Count() timeline?: number;

  constructor(fields: Fields<WalArchiveTroubled>) {
    super(fields);
  }
}

export class BackupFailed extends Message {
  @Name() backupId!: string;
  @Name() step!: string;
  @NonEmptyText() reason!: string;
  @Text(100) code!: string;
  /** Where a check of a whole store has found it damaged. */
  @Optional() @Name() store?: string;

  constructor(fields: Fields<BackupFailed>) {
    super(fields);
  }
}

/** Every object was read back from the store, its hash agrees and it opens with the key. */
export class BackupVerified extends Message {
  @Name() backupId!: string;
  @Name() store!: string;
  @Count() objects!: number;
  @Count() sizeBytes!: number;
  @Count() durationMs!: number;
  @Time() verifiedAt!: string;

  constructor(fields: Fields<BackupVerified>) {
    super(fields);
  }
}

/** The backup stands in another store too, and was read back there. */
export class BackupReplicated extends Message {
  @Name() backupId!: string;
  @Name() fromStore!: string;
  @Name() toStore!: string;
  @Count() objects!: number;
  @Count() sizeBytes!: number;
  @Count() durationMs!: number;

  constructor(fields: Fields<BackupReplicated>) {
    super(fields);
  }
}

/** What a check of a store found, and where: an object's key, or a backup's id. */
export class StoreProblem extends Message {
  @Text(1024) path!: string;
  @Text() problem!: string;
}

/** A store was read back: backups, WAL, manifests and marks. Its problems are named, the first hundred of them. */
export class RepositoryVerified extends Message {
  @Name() store!: string;
  @Flag() good!: boolean;
  @Count() backups!: number;
  @Count() objects!: number;
  @Count() walObjects!: number;
  @Count() checkedBytes!: number;
  /** Objects that this run left to later ones. */
  @Count() skipped!: number;
  @Count() problemCount!: number;
  @ListOf(() => StoreProblem, 100) problems!: StoreProblem[];
  @Count() durationMs!: number;
  @Time() verifiedAt!: string;

  constructor(fields: Fields<RepositoryVerified>) {
    super(fields);
  }
}

/** Retention removed what policy no longer asks for, after it was proved that a recoverable chain remains. */
export class BackupsPruned extends Message {
  @Name() store!: string;
  @Names() expired!: string[];
  @Names() kept!: string[];
  /** What the store did not let go (Object Lock). */
  @ListOf(() => StoreProblem, 100) locked!: StoreProblem[];
  @Count() removedObjects!: number;
  @Count() removedWalObjects!: number;
  @Count() freedBytes!: number;
  /** Every moment from here on that could be restored still can be. */
  @Optional() @Time() restorableFrom?: string;

  constructor(fields: Fields<BackupsPruned>) {
    super(fields);
  }
}

/** Verifying, pruning or copying could not be done, or what a schedule asks for could not be begun (step `begin`). */
export class RepositoryUpkeepFailed extends Message {
  @Name() operationId!: string;
  @Name() task!: string;
  @Name() step!: string;
  @NonEmptyText() reason!: string;
  @Text(100) code!: string;

  constructor(fields: Fields<RepositoryUpkeepFailed>) {
    super(fields);
  }
}

/** The latest moment that the archive alone can restore has moved. */
export class RecoveryPointAdvanced extends Message {
  @Name() component!: string;
  @Name() store!: string;
  @Count() timeline!: number;
  @Text(40) lsn!: string;
  @Time() earliest!: string;
  @Time() latest!: string;
  @Count() lagMs!: number;

  constructor(fields: Fields<RecoveryPointAdvanced>) {
    super(fields);
  }
}

/** A tier's RPO is about to be, or is, missed. */
export class RecoveryPointLate extends Message {
  @Name() component!: string;
  @Count() tier!: number;
  @Count() rpoMs!: number;
  @Count() lagMs!: number;
  @OneOf(['approaching', 'missed']) state!: 'approaching' | 'missed';
  @Optional() @Text() reason?: string;

  constructor(fields: Fields<RecoveryPointLate>) {
    super(fields);
  }
}

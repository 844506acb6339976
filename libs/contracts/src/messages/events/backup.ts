import { Count, Flag, ListOf, Name, Names, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';

export const backupKinds = ['full', 'incremental'] as const;
export type BackupKind = (typeof backupKinds)[number];

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

  constructor(fields: Fields<BackupCompleted>) {
    super(fields);
  }
}

export class BackupFailed extends Message {
  @Name() backupId!: string;
  @Name() step!: string;
  @NonEmptyText() reason!: string;
  @Text(100) code!: string;

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

/** Verifying, pruning or copying could not be done. */
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

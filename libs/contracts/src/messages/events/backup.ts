import { Count, ListOf, Name, Names, NonEmptyText, OneOf, Optional, Text, Time } from '../fields.js';
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

import { Amount, Count, Data, Flag, Name, NonEmptyText, OneOf, Optional, Text, Texts, Time } from '../fields.js';
import { type Fields, Message } from '../message.js';

export const recoveryTypes = ['full', 'partial', 'test'] as const;
export type RecoveryType = (typeof recoveryTypes)[number];

abstract class Phase extends Message {
  @Name() operationId!: string;
  @Name() phase!: string;
  @NonEmptyText(300) title!: string;
  @Count() index!: number;
  @Count() phases!: number;
  @Count() durationMs!: number;
  @Optional() @Count() plannedMs?: number;
  @Optional() @Data() result?: Record<string, unknown>;
}

export class RecoveryStarted extends Message {
  @Name() operationId!: string;
  @OneOf(recoveryTypes) type!: RecoveryType;
  @Optional() @Name() scenario?: string;
  @Optional() @Time() targetTime?: string;
  @Optional() @Name() backupId?: string;
  @Time() startedAt!: string;

  constructor(fields: Fields<RecoveryStarted>) {
    super(fields);
  }
}

export class RecoveryPhaseDone extends Phase {
  constructor(fields: Fields<RecoveryPhaseDone>) {
    super(fields);
  }
}

/** What was asked for stands restored and was looked at. */
export class RecoveryCompleted extends Message {
  @Name() operationId!: string;
  @OneOf(recoveryTypes) type!: RecoveryType;
  @Count() durationMs!: number;
  /** The moment the restored data is from. */
  @Optional() @Time() recoveredTo?: string;
  @Optional() @Name() backupId?: string;
  @Optional() @Text(40) recoveredLsn?: string;

  constructor(fields: Fields<RecoveryCompleted>) {
    super(fields);
  }
}

abstract class Stopped extends Message {
  @Name() operationId!: string;
  @Name() step!: string;
  @NonEmptyText() reason!: string;
  @Texts(20) needs!: string[];
}

export class RecoveryFailed extends Stopped {
  constructor(fields: Fields<RecoveryFailed>) {
    super(fields);
  }
}

/** How service is to be brought home, before anything is touched. */
export class RestorationPlanned extends Message {
  @Name() operationId!: string;
  @Name() fromSite!: string;
  @Name() toSite!: string;
  @Texts(100) phases!: string[];
  @Count() estimateMs!: number;

  constructor(fields: Fields<RestorationPlanned>) {
    super(fields);
  }
}

export class RestorationPhaseDone extends Phase {
  constructor(fields: Fields<RestorationPhaseDone>) {
    super(fields);
  }
}

/** Service runs on its home site again, watched for as long as the estate asks. */
export class RestorationCompleted extends Message {
  @Name() operationId!: string;
  @Name() fromSite!: string;
  @Name() toSite!: string;
  @Count() durationMs!: number;
  @Count() epoch!: number;
  /** `rewind` or `rebuild`: how the home site's database was brought back. */
  @OneOf(['rewind', 'rebuild', 'none']) rejoin!: 'rewind' | 'rebuild' | 'none';
  /** True when more than one site was found writable at any look during the operation. */
  @Flag() splitBrain!: boolean;
  @Optional() @Amount() errorRatePercent?: number;
  /** What the home site's own disk had committed and nobody else has: really lost, whatever was estimated. */
  @Optional() @Count() orphanCommits?: number;
  @Optional() @Count() orphanRows?: number;

  constructor(fields: Fields<RestorationCompleted>) {
    super(fields);
  }
}

export class RestorationFailed extends Stopped {
  constructor(fields: Fields<RestorationFailed>) {
    super(fields);
  }
}

/** A drill has ended, with what it measured. */
export class DrillCompleted extends Message {
  @Name() drillId!: string;
  @OneOf(['tabletop', 'partial', 'full']) type!: 'tabletop' | 'partial' | 'full';
  @Time() startedAt!: string;
  @Time() endedAt!: string;
  @Flag() passed!: boolean;
  @Optional() @Count() rtoMs?: number;
  @Optional() @Count() rpoMs?: number;
  @Optional() @Count() lostRows?: number;
  @Texts(100) issues!: string[];
  @Texts(100) recommendations!: string[];

  constructor(fields: Fields<DrillCompleted>) {
    super(fields);
  }
}

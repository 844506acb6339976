import { Flag, ListOf, Name, NonEmptyText, OneOf, Optional, Text, Texts, Time } from '../fields.js';
import { Message } from '../message.js';
import { type RecoveryType, recoveryTypes } from '../events/restoration.js';
import { AbortOperation, ApproveOperation, StatusOf } from './common.js';

/** Recovers service by a scenario's runbook. */
export class Recover extends Message {
  @OneOf(recoveryTypes) type!: RecoveryType;
  @Optional() @Name() scenario?: string;
  @Optional() @Time() targetTime?: string;
  @Optional() @Flag() dryRun?: boolean;
}

/** Where a tablespace of a restored server is to lie. */
export class TablespacePlace extends Message {
  /** Its name on the server that was backed up, or its oid. */
  @NonEmptyText(63) tablespace!: string;
  /** A folder where restoration runs, absolute: empty, or not there yet. */
  @NonEmptyText(1024) path!: string;
}

/** Restores one component from one backup, or to a moment, to a place of its own: never over what runs. */
export class Restore extends Message {
  @Name() component!: string;
  @Optional() @Name() backupId?: string;
  @Optional() @Time() targetTime?: string;
  @Optional() @Name() store?: string;
  /** `scratch` starts it aside, reports on it and keeps it until `to` is released; the folder is in the report. */
  @Optional() @OneOf(['scratch']) to?: 'scratch';
  /** SQL that must answer, run read-only against the restored database; its first row is in the report. */
  @Optional() @NonEmptyText(4000) query?: string;
  /** Of a logical backup: the database in it; the component's own unless named. */
  @Optional() @NonEmptyText(63) database?: string;
  /** Of a logical backup: only these tables, as `schema.table`. */
  @Optional() @Texts(1000) tables?: string[];
  /** Tablespaces that are to lie somewhere of their own; all others lie beside the restored data. */
  @Optional() @ListOf(() => TablespacePlace, 1000) tablespaces?: TablespacePlace[];
  /** True leaves the restored server running for a look; else it is stopped and its folder removed. */
  @Optional() @Flag() keep?: boolean;
  /** Who asks again under the same id, not knowing whether it was heard, gets the restore that was begun. */
  @Optional() @Name() requestId?: string;
}

/** How service would be brought home. */
export class PlanRestoration extends Message {
  @Optional() @Name() to?: string;
}

/** Brings service home: assessment, preparation, synchronization, service restoration, cutback. */
export class StartRestoration extends Message {
  @Optional() @Name() to?: string;
  @NonEmptyText(1000) reason!: string;
  @Optional() @Flag() dryRun?: boolean;
}

export class StartDrill extends Message {
  @OneOf(['tabletop', 'partial', 'full']) type!: 'tabletop' | 'partial' | 'full';
  @Optional() @Name() scenario?: string;
}

export class ApproveRestoration extends ApproveOperation {}
export class AbortRestoration extends AbortOperation {}
export class QueryRestorationStatus extends StatusOf {}

export class QueryRestorationReport extends Message {
  @Name() operationId!: string;
  @Optional() @Text(20) format?: string;
}

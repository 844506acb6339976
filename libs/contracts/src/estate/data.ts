import { Matches } from 'class-validator';
import { Count, EachOneOf, Flag, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text } from '../messages/fields.js';
import { Webhook } from './actions.js';
import { CommandLine, Duration, Maybe, Port, Secret, type SecretRef, Whole } from './fields.js';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** How a server's process is started, stopped and asked about: commands that reach its host (systemctl, ssh, …), or a webhook. */
export class ProcessControl {
  @Maybe() @CommandLine() start?: string[];
  /** `{mode}` in a word becomes fast or immediate. */
  @Maybe() @CommandLine() stop?: string[];
  /** Exit code 0: running; 3: stopped, as systemctl says it. */
  @Maybe() @CommandLine() status?: string[];
  /** In place of the three commands: told `start`, `stop` and `status`. */
  @Maybe() @Nested(() => Webhook) webhook?: Webhook;
}

export class Member {
  @Name() site!: string;
  @NonEmptyText(255) host!: string;
  @Port() port!: number;
  /** Where the server keeps its data, as seen by whoever rejoins it; relative to the estate file. */
  @Maybe() @NonEmptyText() dataDir?: string;
  @Maybe() @Nested(() => ProcessControl) control?: ProcessControl;
  /** Higher is preferred among standbys that are equally far. */
  @Maybe() @Count() priority?: number;
  @Maybe() @Flag() promotable?: boolean;
}

export class ReplicationLink {
  @Name() from!: string;
  @Name() to!: string;
  @OneOf(['synchronous', 'asynchronous']) mode!: 'synchronous' | 'asynchronous';
}

export class Login {
  @NonEmptyText(63) user!: string;
  @Secret() password!: SecretRef;
}

export class ReplicationLogin extends Login {
  /** A libpq password file as the standbys' servers read it, so that no password stands in their settings. */
  @Maybe() @NonEmptyText() passfile?: string;
}

/** A database that runs as a managed instance: its replica elsewhere, and for how long a promoted one keeps backups. */
export class ManagedInstance {
  @OneOf(['rds']) kind!: 'rds';
  @Maybe() @NonEmptyText(63) instance?: string;
  @NonEmptyText(63) replica!: string;
  @Duration() backupRetention!: string;
}

export class Database {
  @Name() name!: string;
  @OneOf(['postgres']) kind!: 'postgres';
  @NonEmptyText(63) database!: string;
  /** A superuser: promotes, alters settings, rewinds, reads positions (docs/operations.md). */
  @Nested(() => Login) admin!: Login;
  @Nested(() => ReplicationLogin) replication!: ReplicationLogin;
  @ListOf(() => Member) members!: Member[];
  @ListOf(() => ReplicationLink) links!: ReplicationLink[];
  @Maybe() @Names() services?: string[];
  @Maybe() @Nested(() => ManagedInstance) managed?: ManagedInstance;
}

export class Cache {
  @Name() name!: string;
  @OneOf(['redis']) kind!: 'redis';
  @Maybe() @Secret() password?: SecretRef;
  @ListOf(() => Member) members!: Member[];
  @ListOf(() => ReplicationLink) links!: ReplicationLink[];
}

/** What later drivers act on; checked, shown and not acted on by this version (see docs/estate.md). */
export class Cluster {
  @Name() name!: string;
  @OneOf(['kubernetes']) kind!: 'kubernetes';
  @Maybe() @Name() site?: string;
  @Maybe() @Text() kubeconfig?: string;
  @Maybe() @Names() namespaces?: string[];
  /** Kinds that are exported, in their plural: `deployments`, `configmaps` … */
  @Maybe() @Names() resources?: string[];
}

export class Bucket {
  @Name() site!: string;
  @NonEmptyText(63) bucket!: string;
  @Maybe() @Text(60) region?: string;
}

/** The applications' own objects, which the object store itself copies from site to site. */
export class ObjectStorage {
  @Name() name!: string;
  @OneOf(['s3']) kind!: 's3';
  @ListOf(() => Bucket) buckets!: Bucket[];
  @ListOf(() => ReplicationLink) links!: ReplicationLink[];
}

export class FileTree {
  @Name() name!: string;
  @Maybe() @Name() site?: string;
  @NonEmptyText() path!: string;
}

export class Image {
  @NonEmptyText() reference!: string;
}

export class SecretSource {
  @Name() name!: string;
  @OneOf(['env', 'file', 'vault']) kind!: 'env' | 'file' | 'vault';
  @Maybe() @Text() path?: string;
}

export class Schedule {
  @Name() name!: string;
  @OneOf(['full', 'incremental', 'verify', 'restore-drill', 'prune']) kind!:
    'full' | 'incremental' | 'verify' | 'restore-drill' | 'prune';
  /** Either `every` or `cron` (UTC). */
  @Maybe() @Duration() every?: string;
  @Maybe() @NonEmptyText(100) cron?: string;
  /** The databases that serve this tier's services, where `components` names none. */
  @Maybe() @Count() tier?: number;
  @Maybe() @Names() components?: string[];
  /** How a full backup reads databases: `physical`, the whole server (the usual way), or `logical`, a dump of each database. */
  @Maybe() @OneOf(['physical', 'logical']) form?: 'physical' | 'logical';
  /** Begun so much later at most, by a share that is the same in every process: not all schedules at once. */
  @Maybe() @Duration() jitter?: string;
}

const ClockTime = (): PropertyDecorator =>
  Matches(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, { message: '$property must be a time of day such as 08:30' });

/** Hours in which no schedule begins anything; what falls into them waits for their end. In UTC. */
export class Blackout {
  @Name() name!: string;
  /** All days when absent. */
  @Maybe() @EachOneOf(weekdays) days?: (typeof weekdays)[number][];
  @ClockTime() from!: string;
  /** The same as `from` or earlier: of the next day. */
  @ClockTime() to!: string;
}

/** A program that runs around every backup, in the estate file's folder; it learns of the backup by DR_BACKUP_… variables. */
export class BackupHook {
  @Name() name!: string;
  @OneOf(['before', 'after']) when!: 'before' | 'after';
  @CommandLine() command!: string[];
  /** One minute when absent. */
  @Maybe() @Duration() timeout?: string;
  /** What its failure does: `stop` (the usual way) ends the backup as failed, `warn` is logged. */
  @Maybe() @OneOf(['stop', 'warn']) onFailure?: 'stop' | 'warn';
}

/** How the database's server compresses what it sends: zstd. */
export class Compression {
  /** 1, quick, to 19, small; 3 when absent. */
  @Maybe() @Whole(1, 19) level?: number;
  /** Processors that the server may use for it; 1 when absent. */
  @Maybe() @Whole(1, 64) workers?: number;
}

export class Backup {
  /** The databases and caches that are backed up; all when absent. */
  @Maybe() @Names() components?: string[];
  /** How soon written WAL must stand in the store. */
  @Maybe() @Duration() walEvery?: string;
  @Maybe() @Nested(() => Compression) compression?: Compression;
  /** Which server base backups are read from: the active one (the usual way), or a standby that keeps up, where there is one. */
  @Maybe() @OneOf(['active', 'standby']) source?: 'active' | 'standby';
  /** Bytes per second that a base backup may take from its server, as pg_basebackup writes them: `32M`. */
  @Maybe() @Matches(/^\d+[kM]?$/u, { message: '$property must be a rate such as 32M' }) maxRate?: string;
  /** Databases that are dumped at once by a logical backup; 2 when absent. */
  @Maybe() @Whole(1, 32) logicalJobs?: number;
  @Maybe() @ListOf(() => Blackout) blackouts?: Blackout[];
  @Maybe() @ListOf(() => BackupHook) hooks?: BackupHook[];
  @Maybe() @ListOf(() => Schedule) schedules?: Schedule[];
  /** Folder for what is on its way to a store; relative to the estate file. */
  @NonEmptyText() spool!: string;
}

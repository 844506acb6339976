import { Count, Flag, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text } from '../messages/fields.js';
import { Webhook } from './actions.js';
import { CommandLine, Duration, Maybe, Port, Secret, type SecretRef } from './fields.js';

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
  /** Either `every` or `cron`. */
  @Maybe() @Duration() every?: string;
  @Maybe() @NonEmptyText(100) cron?: string;
  @Maybe() @Count() tier?: number;
  @Maybe() @Names() components?: string[];
}

export class Backup {
  /** The databases and caches that are backed up; all when absent. */
  @Maybe() @Names() components?: string[];
  /** How soon written WAL must stand in the store. */
  @Maybe() @Duration() walEvery?: string;
  @Maybe() @ListOf(() => Schedule) schedules?: Schedule[];
  /** Folder for what is on its way to a store; relative to the estate file. */
  @NonEmptyText() spool!: string;
}

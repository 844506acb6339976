import { type Backup, type Cache, type Database, DrError, type Estate } from '@novacron/contracts';
import {
  cacheMembers,
  databaseMembers,
  estateCommand,
  type EstateContext,
  estatePath,
  type PostgresMember,
  type RedisMember,
} from '@novacron/drivers';
import type { ReadyHook } from '../steps/hooks.js';

export interface DatabaseSource {
  readonly settings: Database;
  readonly members: ReadonlyMap<string, PostgresMember>;
  /** A role with REPLICATION. */
  readonly replication: { readonly user: string; readonly password: string };
}

export interface CacheSource {
  readonly settings: Cache;
  readonly members: ReadonlyMap<string, RedisMember>;
}

/** How what is backed up is read. */
export interface SourceSettings {
  /** pg_basebackup's `--compress`. */
  readonly compress: string;
  readonly maxRate?: string;
  /** Databases that are dumped at once. */
  readonly logicalJobs: number;
  readonly source: 'active' | 'standby';
  readonly hooks: readonly ReadyHook[];
}

/** Everything in the estate that is backed up, as drivers that can read it. */
export class BackupSources {
  constructor(
    /** Folder for what is on its way to a store, absolute. */
    readonly spool: string,
    readonly databases: readonly DatabaseSource[],
    readonly caches: readonly CacheSource[],
    readonly settings: SourceSettings,
  ) {}

  /** @throws DrError INVALID_CONFIG naming a secret that cannot be read. */
  static async open(estate: Estate, context: EstateContext): Promise<BackupSources> {
    const wanted = (name: string): boolean => estate.backup.components?.includes(name) ?? true;
    const databases = estate.databases
      .filter(({ name }) => wanted(name))
      .map(async (settings) => ({
        settings,
        members: await databaseMembers(settings, context),
        replication: {
          user: settings.replication.user,
          password: await context.secret(settings.replication.password),
        },
      }));
    const caches = (estate.caches ?? [])
      .filter(({ name }) => wanted(name))
      .map(async (settings) => ({ settings, members: await cacheMembers(settings, context) }));
    return new BackupSources(
      estatePath(context, estate.backup.spool),
      await Promise.all(databases),
      await Promise.all(caches),
      settingsOf(estate.backup, context),
    );
  }

  get components(): string[] {
    return [...this.databases, ...this.caches].map(({ settings }) => settings.name);
  }

  databasesIn(components: readonly string[]): DatabaseSource[] {
    return this.databases.filter(({ settings }) => components.includes(settings.name));
  }

  cachesIn(components: readonly string[]): CacheSource[] {
    return this.caches.filter(({ settings }) => components.includes(settings.name));
  }

  /** @throws DrError NOT_FOUND naming what the estate backs up. */
  requireComponent(component: string): void {
    if (this.components.includes(component)) return;
    throw new DrError('NOT_FOUND', `the estate backs up no component ${component}`, {
      hint: `the components are ${this.components.join(', ')}`,
      details: [{ path: component, problem: 'is not a component of the estate' }],
    });
  }
}

/** @throws DrError NOT_FOUND when a component has no server on the site. */
export function memberOn<M>(
  source: { readonly settings: { readonly name: string }; readonly members: ReadonlyMap<string, M> },
  site: string,
): M {
  const member = source.members.get(site);
  if (member !== undefined) return member;
  throw new DrError('NOT_FOUND', `${source.settings.name} has no member on ${site}`, {
    hint: `it has members on ${[...source.members.keys()].join(', ')}`,
  });
}

function settingsOf(backup: Backup, context: EstateContext): SourceSettings {
  const { compression, logicalJobs = 2, maxRate, source = 'active', hooks = [] } = backup;
  const { level = 3, workers = 1 } = compression ?? {};
  return {
    compress: `server-zstd:level=${level}${workers > 1 ? `,workers=${workers}` : ''}`,
    logicalJobs,
    source,
    ...(maxRate === undefined ? {} : { maxRate }),
    hooks: hooks.map((hook) => ({ hook, command: estateCommand(context, hook.command), folder: context.folder })),
  };
}

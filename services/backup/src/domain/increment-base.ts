import { DrError } from '@novacron/contracts';
import { backupState, type CatalogEntry, type ManifestComponent } from '@novacron/repository';

/** What an increment of one database starts from. */
export interface IncrementBase {
  readonly component: string;
  readonly systemId: string;
  readonly timeline: number;
  /** All WAL from here on is what has happened since. */
  readonly fromLsn: string;
}

export interface Increment {
  readonly parentBackupId: string;
  readonly bases: readonly IncrementBase[];
}

/** A database as it is now. */
export interface PresentServer {
  readonly component: string;
  readonly systemId: string;
  readonly timeline: number;
}

/**
 * The newest sound backup that all of the databases can build on: each is in it, of the same system, and on the timeline that the
 * server is on now. Across a promotion an increment is unsound (PostgreSQL commit f549ecd2).
 * @throws DrError PRECONDITION_FAILED saying that a full backup is needed, and why.
 */
export function incrementBase(entries: readonly CatalogEntry[], servers: readonly PresentServer[]): Increment {
  const refusals: string[] = [];
  const sound = entries.filter((entry) => backupState(entry) !== 'damaged');
  for (const { manifest } of sound.toSorted((a, b) => completedMs(b) - completedMs(a))) {
    if (manifest === undefined) continue;
    const bases = servers.map((server) => baseIn(manifest.components, server));
    const problem = bases.find((base) => typeof base === 'string');
    if (problem === undefined) {
      return { parentBackupId: manifest.backupId, bases: bases.filter((base) => typeof base !== 'string') };
    }
    refusals.push(`${manifest.backupId}: ${problem}`);
  }
  throw new DrError('PRECONDITION_FAILED', 'there is no full backup that an incremental one could build on', {
    hint: 'run a backup with kind full; one is taken after every promotion by itself',
    details: refusals.slice(0, 5).map((problem) => ({ path: 'parent', problem })),
  });
}

function baseIn(components: readonly ManifestComponent[], server: PresentServer): IncrementBase | string {
  const { component, systemId, timeline } = server;
  const found = components.find((one) => one.component === component && isPhysical(one));
  if (found?.stopLsn === undefined) return `it has no ${component}`;
  if (found.systemId !== systemId) return `${component} was another system then`;
  if (found.timeline !== timeline)
    return `${component} was promoted since: timeline ${found.timeline}, now ${timeline}`;
  return { component, systemId, timeline, fromLsn: found.stopLsn };
}

function isPhysical({ kind }: ManifestComponent): boolean {
  return kind === 'postgres-physical' || kind === 'postgres-wal';
}

function completedMs({ manifest }: CatalogEntry): number {
  return Date.parse(manifest?.completedAt ?? '');
}

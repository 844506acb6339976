import { DrError } from '@novacron/contracts';
import {
  type BackupManifest,
  backupState,
  type CatalogEntry,
  incrementChain,
  isServerCopy,
  type ManifestComponent,
} from '@novacron/repository';

/** What an increment of one database starts from. */
export interface IncrementBase {
  readonly component: string;
  readonly systemId: string;
  readonly timeline: number;
  /** All WAL from here on is what has happened since. */
  readonly fromLsn: string;
  /** Where the server gives the blocks that have changed: where the parent began, from where it must know them. */
  readonly blocksSince?: string;
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
  /** Whether it gives the blocks that have changed. */
  readonly givesBlocks: boolean;
}

/**
 * The newest sound backup that all of the databases can build on: each is in it, of the same system, and on the timeline that the
 * server is on now; and where blocks are copied, all that the parent itself builds on is there and sound. Across a promotion an increment is unsound (PostgreSQL commit f549ecd2).
 * @throws DrError PRECONDITION_FAILED saying that a full backup is needed, and why.
 */
export function incrementBase(entries: readonly CatalogEntry[], servers: readonly PresentServer[]): Increment {
  const refusals: string[] = [];
  const sound = entries.filter((entry) => backupState(entry) !== 'damaged');
  const manifests = sound.flatMap(({ manifest }) => manifest ?? []);
  for (const { manifest } of sound.toSorted((a, b) => completedMs(b) - completedMs(a))) {
    if (manifest === undefined) continue;
    const bases = servers.map((server) => baseIn(manifest, server, manifests));
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

function baseIn(
  manifest: BackupManifest,
  server: PresentServer,
  manifests: readonly BackupManifest[],
): IncrementBase | string {
  const { component, systemId, timeline, givesBlocks } = server;
  const found = manifest.components.find((one) => one.component === component && canBuildOn(one, givesBlocks));
  if (found?.stopLsn === undefined || found.startLsn === undefined) return `it has no ${component} to build on`;
  if (found.systemId !== systemId) return `${component} was another system then`;
  if (found.timeline !== timeline)
    return `${component} was promoted since: timeline ${found.timeline}, now ${timeline}`;
  const base = { component, systemId, timeline, fromLsn: found.stopLsn };
  if (!givesBlocks) return base;
  const whole = incrementChain(manifests, manifest, component);
  return 'problem' in whole ? whole.problem : { ...base, blocksSince: found.startLsn };
}

/** Blocks are copied on top of blocks; a stretch of WAL follows on either. */
function canBuildOn(component: ManifestComponent, givesBlocks: boolean): boolean {
  return isServerCopy(component) || (!givesBlocks && component.kind === 'postgres-wal');
}

function completedMs({ manifest }: CatalogEntry): number {
  return Date.parse(manifest?.completedAt ?? '');
}

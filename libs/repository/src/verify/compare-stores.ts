import type { ProblemDetail } from '@novacron/contracts';
import type { CatalogListing } from '../catalog/catalog.js';
import { manifestKey } from '../catalog/layout.js';
import { documentSha256 } from '../manifest/signature.js';
import { historyKey } from '../wal/chunk-key.js';
import { describeRange, uncoveredRanges, type WalIndex } from '../wal/coverage.js';
import { type Lsn, parseLsn } from '../wal/lsn.js';
import { timelineName } from '../wal/segment.js';

/** What one store holds, as it says itself. */
export interface StoreContents {
  readonly store: string;
  readonly listing: CatalogListing;
  readonly wal: ReadonlyMap<string, WalIndex>;
}

/**
 * What a store lacks that another has, and could not know by itself: its newest backups or WAL taken away leave no gap. What
 * its own retention removed is not missed; nor is WAL before the first backup that it keeps.
 */
export function missingFrom(own: StoreContents, others: readonly StoreContents[]): ProblemDetail[] {
  return others.flatMap((other) => [...missingBackups(own, other), ...missingWal(own, other)]);
}

function missingBackups(own: StoreContents, other: StoreContents): ProblemDetail[] {
  const held = new Map(own.listing.entries.map((entry) => [entry.backupId, entry]));
  const expired = new Set(own.listing.expired.map(({ manifestSha256 }) => manifestSha256));
  return other.listing.entries.flatMap(({ backupId, manifest }) => {
    if (manifest === undefined || expired.has(documentSha256(manifest))) return [];
    const entry = held.get(backupId);
    if (entry === undefined) return [{ path: manifestKey(backupId), problem: `is missing, ${other.store} has it` }];
    if (entry.manifest === undefined || documentSha256(entry.manifest) === documentSha256(manifest)) return [];
    return [{ path: manifestKey(backupId), problem: `is another manifest than the one in ${other.store}` }];
  });
}

function missingWal(own: StoreContents, other: StoreContents): ProblemDetail[] {
  return [...other.wal].flatMap(([systemId, theirs]) => {
    const ours = own.wal.get(systemId) ?? { ...theirs, chunks: [], histories: new Map() };
    const histories = [...theirs.histories.keys()].filter((timeline) => !ours.histories.has(timeline));
    return [
      ...histories.map((timeline) => ({
        path: historyKey(systemId, timeline),
        problem: `is missing, ${other.store} has it`,
      })),
      ...uncoveredRanges(ours, theirs, firstNeeded(own, systemId)).map(({ timeline, ...range }) => ({
        path: `wal/${systemId}/${timelineName(timeline)}`,
        problem: `WAL ${describeRange(range)} is missing, ${other.store} has it`,
      })),
    ];
  });
}

/** Where the oldest backup of a system begins; undefined when the store has none: then no WAL of it is needed. */
function firstNeeded({ listing }: StoreContents, systemId: string): Lsn | undefined {
  const starts = listing.entries
    .flatMap(({ manifest }) => manifest?.components ?? [])
    .filter((component) => component.systemId === systemId)
    .flatMap(({ startLsn }) => (startLsn === undefined ? [] : [parseLsn(startLsn)]));
  return starts.reduce<Lsn | undefined>((least, lsn) => (least === undefined || lsn < least ? lsn : least), undefined);
}

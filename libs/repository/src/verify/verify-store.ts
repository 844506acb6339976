import { DrError, type ProblemDetail } from '@novacron/contracts';
import { backupState } from '../catalog/backup-state.js';
import type { Catalog, CatalogEntry, CatalogListing } from '../catalog/catalog.js';
import { backupPrefix, backupsPrefix, manifestKey } from '../catalog/layout.js';
import { markName } from '../catalog/backup-mark.js';
import { recoveryWindows } from '../catalog/recovery-window.js';
import { keyProblems } from '../keys/store-keys.js';
import { objectsOf } from '../manifest/backup-manifest.js';
import { chainProblems } from '../manifest/chain.js';
import { incrementChain } from '../manifest/increment-chain.js';
import { documentSha256 } from '../manifest/signature.js';
import type { WalIndex } from '../wal/coverage.js';
import { missingFrom, type StoreContents } from './compare-stores.js';
import type { VerifyShare } from './sample.js';
import { verifyBackup, type VerifyProgress, type VerifyReport } from './verify-backup.js';
import { verifyWal } from './verify-wal.js';

export interface StoreReport {
  readonly store: string;
  /** True only when nothing that was looked at is damaged, missing or forged. */
  readonly good: boolean;
  readonly backups: number;
  /** Of backups. */
  readonly objects: number;
  readonly walObjects: number;
  readonly checkedBytes: number;
  readonly skipped: number;
  readonly problems: readonly ProblemDetail[];
  readonly durationMs: number;
}

export interface VerifyStoreOptions {
  readonly share?: VerifyShare;
  readonly signal?: AbortSignal;
  /** What the other stores hold, as far as they answer: only beside them does it show what was taken from the end. */
  readonly others?: readonly StoreContents[];
  /** Told of each backup once it was read back; one it answers `false` for beforehand is not read again. */
  readonly onBackup?: (report: VerifyReport) => Promise<void>;
  readonly isDone?: (backupId: string) => boolean;
  /** While the objects of a backup are read. */
  readonly onProgress?: (backupId: string, progress: VerifyProgress) => void;
}

/**
 * Reads a store back: every object of every backup, all WAL, the manifests with their chain, the marks with theirs; and asks
 * whether each backup can be restored with the WAL that is there. Whatever is changed, cut off, missing, forged or put back
 * in an older form is named.
 * @throws DrError what says nothing of the store's contents: it is away, a key is missing, or the signal.
 */
export async function verifyStore(
  catalog: Catalog,
  wal: ReadonlyMap<string, WalIndex>,
  options: VerifyStoreOptions = {},
): Promise<StoreReport> {
  const startedAt = performance.now();
  const listing = await catalog.list();
  const problems: ProblemDetail[] = [];
  const reports: VerifyReport[] = [];
  for (const { backupId, manifest } of listing.entries) {
    options.signal?.throwIfAborted();
    if (manifest === undefined || options.isDone?.(backupId) === true) continue;
    const report = await verifyBackup(catalog, backupId, {
      ...shareOptions(options),
      onProgress: (progress) => options.onProgress?.(backupId, progress),
    });
    await options.onBackup?.(report);
    reports.push(report);
    problems.push(
      ...report.objects.flatMap(({ key, problem }) => (problem === undefined ? [] : [{ path: key, problem }])),
    );
  }
  const { store } = catalog;
  const archive = await verifyWal(store, catalog.keyring, shareOptions(options));
  const others = options.others ?? [];
  problems.push(
    ...listing.entries.flatMap((entry) => [...entry.problems, ...missingMarks(entry, store.name, others)]),
    ...chainOver(listing, others),
    ...(await strangers(catalog, listing)),
    ...archive.problems,
    ...(await keyProblems(store, catalog.keyring, keysUsed(listing))),
    ...unreachable(listing, wal),
    ...onDamaged(listing, reports),
    ...missingFrom({ store: store.name, listing, wal }, others),
  );
  return {
    store: store.name,
    good: problems.length === 0,
    backups: listing.entries.length,
    objects: reports.reduce((sum, { objects }) => sum + objects.length, 0),
    walObjects: archive.objects,
    checkedBytes: reports.reduce((sum, { checkedBytes }) => sum + checkedBytes, archive.checkedBytes),
    skipped: reports.reduce((sum, { skipped }) => sum + skipped, archive.skipped),
    problems: unique(problems),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

function keysUsed({ entries }: CatalogListing): ReadonlySet<string> {
  const manifests = entries.flatMap(({ manifest }) => manifest ?? []);
  return new Set(manifests.flatMap((one) => [one.signatureKeyId, ...objectsOf(one).map(({ keyId }) => keyId)]));
}

function shareOptions({ share, signal }: VerifyStoreOptions): { share?: VerifyShare; signal?: AbortSignal } {
  return { ...(share === undefined ? {} : { share }), ...(signal === undefined ? {} : { signal }) };
}

/** A copy holds what was verified: its chain has holes where a backup never was. Seen together the stores have none. */
function chainOver(listing: CatalogListing, others: readonly StoreContents[]): ProblemDetail[] {
  const elsewhere = others.flatMap((other) => [
    ...other.listing.entries.flatMap(({ manifest }) => (manifest === undefined ? [] : [documentSha256(manifest)])),
    ...other.listing.expired.map(({ manifestSha256 }) => manifestSha256),
  ]);
  const removed = new Set([...listing.expired.map(({ manifestSha256 }) => manifestSha256), ...elsewhere]);
  const manifests = listing.entries.flatMap(({ manifest }) => manifest ?? []);
  return chainProblems(manifests, removed).map(({ path, problem }) => ({ path: manifestKey(path), problem }));
}

/** A backup whose copy elsewhere, or whose verification, nothing here says: the last mark of all can go unseen otherwise. */
function missingMarks(entry: CatalogEntry, store: string, others: readonly StoreContents[]): ProblemDetail[] {
  const { backupId, marks, manifest } = entry;
  if (manifest === undefined) return [];
  const path = backupPrefix(backupId);
  if (backupState(entry) === 'completed') return [{ path, problem: 'no mark says that it was verified' }];
  const copies = new Set(marks.filter(({ mark }) => mark === 'replicated').map((mark) => mark.store));
  return others.flatMap((other) => {
    const copy = other.listing.entries.find((one) => one.backupId === backupId);
    const isSource = copy?.marks.some((mark) => mark.mark === 'replicated' && mark.store === store) ?? true;
    if (isSource || copies.has(other.store)) return [];
    return [{ path, problem: `no mark says that it was copied to ${other.store}, which has it` }];
  });
}

/** Objects in a backup's folder that its manifest does not name. */
async function strangers(catalog: Catalog, { entries }: CatalogListing): Promise<ProblemDetail[]> {
  const known = new Map(
    entries.map(({ backupId, manifest }) => [
      backupId,
      manifest === undefined ? undefined : new Set(objectsOf(manifest).map(({ key }) => key)),
    ]),
  );
  const found: ProblemDetail[] = [];
  for await (const { key } of catalog.store.list(backupsPrefix)) {
    const [, backupId = '', name = ''] = key.split('/');
    const own = known.get(backupId);
    if (own === undefined || own.has(key) || key === manifestKey(backupId) || markName.test(name)) continue;
    found.push({ path: key, problem: `is not part of ${backupId}` });
  }
  return found;
}

/** Backups that lack WAL, and windows that end at a gap although later WAL is there. */
function unreachable({ entries }: CatalogListing, wal: ReadonlyMap<string, WalIndex>): ProblemDetail[] {
  const { windows, unusable } = recoveryWindows(
    entries.flatMap(({ manifest }) => manifest ?? []),
    wal,
  );
  return [
    ...unusable,
    ...windows.flatMap(({ systemId, gap, component }) =>
      gap === undefined ? [] : [{ path: `wal/${systemId}`, problem: `WAL ${gap} of ${component} is missing` }],
    ),
  ];
}

/** Increments that a damaged backup takes with it. */
function onDamaged({ entries }: CatalogListing, reports: readonly VerifyReport[]): ProblemDetail[] {
  const found = new Set(reports.filter(({ good }) => !good).map(({ backupId }) => backupId));
  const manifests = entries.flatMap(({ manifest }) => manifest ?? []);
  const damaged = new Set(
    entries.filter((entry) => found.has(entry.backupId) || backupState(entry) === 'damaged').map((one) => one.backupId),
  );
  return manifests.flatMap((manifest) => {
    const chains = manifest.components.map(({ component }) => incrementChain(manifests, manifest, component));
    const needed = chains.flatMap((chain) => ('chain' in chain ? chain.chain : []));
    const broken = needed.find(({ backupId }) => backupId !== manifest.backupId && damaged.has(backupId));
    if (broken === undefined) return [];
    return [{ path: backupPrefix(manifest.backupId), problem: `needs ${broken.backupId}, which is damaged` }];
  });
}

function unique(problems: readonly ProblemDetail[]): ProblemDetail[] {
  return [...new Map(problems.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}

/** The error of a store that was found damaged, naming what is. */
export function storeDamaged({ store, problems }: StoreReport): DrError {
  const paths = [...new Set(problems.map(({ path }) => path))];
  return new DrError('CORRUPT_OBJECT', `${store} is damaged: ${paths.slice(0, 5).join(', ')}`, {
    details: problems.slice(0, 100),
  });
}

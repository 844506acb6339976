import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import { requireProgram, type WalChanges, walChanges } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import {
  defaultSegmentSizeBytes,
  fetchWal,
  formatLsn,
  type Lsn,
  parseLsn,
  type WalArchive,
} from '@novacron/repository';
import { BackupSpool } from '../adapters/backup-spool.js';
import { type BackupSources, memberOn } from '../adapters/backup-sources.js';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { ArchiveBell } from '../archiving/archive-bell.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { IncrementBase } from '../domain/increment-base.js';
import type { FoundChanges, StepResults } from './results.js';

const lookEveryMs = 50;
const segmentsAtOnce = 4n;

/**
 * Reads the WAL since the parent backup until the first record that changes something: one that writes, or that ends what may
 * have been written before the parent's end and is not to be seen in it. Where there is none, up to a position that
 * the server had reached when it was asked, nothing has changed, and that is the outcome.
 */
export function findChanges(
  sources: BackupSources,
  stores: BackupStores,
  bell: ArchiveBell,
): Step<BackupParams, undefined, StepResults['find-changes']> {
  return {
    name: 'find-changes',
    title: 'look for changes since the backup before',
    timeoutMs: 3_600_000,
    attempts: 3,
    describe: ({ parent }) => [`nothing; reads the WAL since ${parent?.parentBackupId ?? 'the backup before'}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params } = context;
      if (params.parent === undefined) throw new DrError('INTERNAL', 'an incremental backup has no parent');
      const components: FoundChanges[] = [];
      for (const base of params.parent.bases) components.push(await changesOf(sources, stores, bell, base, context));
      return { components, unchanged: components.every(({ firstChange }) => firstChange === undefined) };
    },
    verify: () => Promise.resolve(),
  };
}

async function changesOf(
  sources: BackupSources,
  stores: BackupStores,
  bell: ArchiveBell,
  base: IncrementBase,
  context: StepContext<BackupParams>,
): Promise<FoundChanges> {
  const { params, signal } = context;
  const [database] = sources.databasesIn([base.component]);
  if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${base.component}`);
  const member = memberOn(database, params.site);
  const { lsn, at } = await member.flushedInsertLsn({ signal });
  bell.ring();
  const until = parseLsn(lsn);
  const archive = stores.repository.wal(params.store, base.systemId);
  await untilArchived(archive, base, until, context);
  const ignored = new Set(await member.ownRelations({ signal }));
  const firstChange = await firstChangeIn(archive, base, until, ignored, sources.spool, context);
  const { version } = await member.status({ signal });
  return {
    ...base,
    untilLsn: formatLsn(until),
    at,
    serverVersion: version,
    ...(firstChange === undefined ? {} : { firstChange }),
  };
}

async function untilArchived(
  archive: WalArchive,
  { component, timeline, fromLsn }: IncrementBase,
  until: Lsn,
  context: StepContext<BackupParams>,
): Promise<void> {
  for (;;) {
    const reach = await archive.contiguousUntil(timeline, parseLsn(fromLsn));
    if (reach.until >= until) return;
    context.progress(10, `${component}: the archive is at ${formatLsn(reach.until)} of ${formatLsn(until)}`);
    await sleep(lookEveryMs, undefined, { signal: context.signal });
  }
}

/** A few segments at a time, into the spool: of a busy database the first one tells, of an idle one there are few. */
async function firstChangeIn(
  archive: WalArchive,
  { component, timeline, fromLsn }: IncrementBase,
  until: Lsn,
  ignored: ReadonlySet<string>,
  spoolFolder: string,
  { params, attempt, signal }: StepContext<BackupParams>,
): Promise<string | undefined> {
  const size = BigInt(defaultSegmentSizeBytes);
  const spool = new BackupSpool(spoolFolder, params.backupId);
  let segments = segmentsAtOnce;
  let begun: Pick<WalChanges, 'begunFrom'> = {};
  for (let from = parseLsn(fromLsn); from < until;) {
    const upTo = minimum(until, (from / size + segments) * size);
    const { path } = await spool.attemptFolder(`${component}-wal`, attempt);
    await fetchWal(archive, { from, until: upTo, upTo, timeline, toDir: path, signal });
    const { firstChange, lastLsn, ...known } = await walChanges({
      binDir: requireProgram('postgresBin'),
      walDir: path,
      ...{ timeline, from: formatLsn(from), until: formatLsn(upTo), ignored, signal },
      ...begun,
    });
    begun = known;
    if (firstChange !== undefined) return `${firstChange.lsn}: ${firstChange.what}`;
    if (upTo === until) return undefined;
    // The last record before the cut is where to go on; one that is longer than all that was read needs more of it at once.
    const next = lastLsn === undefined ? from : parseLsn(lastLsn);
    if (next === from) segments *= 2n;
    from = next;
  }
  return undefined;
}

const minimum = (a: Lsn, b: Lsn): Lsn => (a < b ? a : b);

import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { countableTables, countRows } from '../../adapters/count-rows.js';
import { type DatabaseTarget, memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import { disagreeing } from '../../domain/row-counts.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

const catchUpTimeoutMs = 24 * 3_600_000;
const countTimeoutMs = 600_000;

/** The home site has caught up: the same system and timeline, everything replayed, and as many rows in every table. */
export function verifyIntegrity(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['verify-integrity']> {
  return {
    name: 'verify-integrity',
    title: 'compare the home site’s databases with the active ones',
    timeoutMs: catchUpTimeoutMs,
    attempts: 3,
    describe: ({ to }) => [`nothing; waits until ${to} has caught up, and counts rows on both`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const compared = await Promise.all(targets.databases.map((database) => compare(database, params, signal)));
      return {
        lsn: compared[0]?.lsn ?? '0/0',
        tables: compared.reduce((sum, { tables }) => sum + tables, 0),
        rows: compared.reduce((sum, { rows }) => sum + rows, 0),
        skipped: compared.flatMap(({ skipped }) => skipped),
      };
    },
    verify: () => Promise.resolve(),
  };
}

async function compare(
  database: DatabaseTarget,
  { from, to }: RestorationParams,
  signal: AbortSignal,
): Promise<RestorationResults['verify-integrity']> {
  const [active, home] = [memberOn(database, from), memberOn(database, to)];
  const call = { signal, timeoutMs: countTimeoutMs };
  const { tables, skipped } = await countableTables(active, call);
  const before = await countRows(active, tables, call);
  const its = await active.status({ signal });
  await home.waitForReplay(its.currentLsn ?? '0/0', { signal, timeoutMs: catchUpTimeoutMs });
  const mine = await home.status({ signal });
  if (mine.systemIdentifier !== its.systemIdentifier || mine.timeline !== its.timeline) {
    throw new DrError('VERIFY_FAILED', `${to} is on timeline ${mine.timeline}, ${from} on ${its.timeline}`);
  }
  const there = await countRows(home, tables, call);
  const after = await countRows(active, tables, call);
  const counts = tables.map((table) => ({
    table,
    before: before.get(table) ?? 0,
    home: there.get(table) ?? 0,
    after: after.get(table) ?? 0,
  }));
  const different = disagreeing(counts);
  if (different.length === 0) {
    return {
      lsn: its.currentLsn ?? '0/0',
      tables: tables.length,
      rows: counts.reduce((sum, one) => sum + one.home, 0),
      skipped,
    };
  }
  throw new DrError('VERIFY_FAILED', `${to} does not hold as many rows of ${database.settings.name} as ${from}`, {
    details: different.map(({ table, before: first, home: found, after: second }) => ({
      path: table,
      problem: `${found} rows, between ${first} and ${second} on ${from}`,
    })),
  });
}

import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import { lookAtDatabase } from '../adapters/standby-views.js';
import { listWords } from '../domain/words.js';
import type { FailoverParams } from './failover-params.js';

interface Looked {
  readonly looked: boolean;
}

/** A decision this fresh needs no second look, and customers wait for it, milliseconds. */
const freshMs = 5_000;

/**
 * Between a decision and its first effect a human may have been asked, or the bus away for an hour: a primary that has come
 * back meanwhile, or whose data flow again, is left alone. What a human started is not second-guessed.
 */
export function lookAgain(targets: FailoverTargets, memory: ReplicationMemory): Step<FailoverParams, Looked, Looked> {
  return {
    name: 'look-again',
    title: 'see that the loss still lasts',
    timeoutMs: 15_000,
    attempts: 2,
    describe: ({ from }) => [`nothing; looks whether ${from} is still lost`],
    // Before the first change of its group, which does not begin when this throws.
    capture: async ({ params }) => {
      await assertPromiseStands(targets, memory, params);
      return assertLost(targets, params);
    },
    probe: () => Promise.resolve(undefined),
    // Whoever goes on with it may come much later: what was fenced by then is put back, if it was for nothing.
    run: ({ params, attempt }, captured) => (attempt > 1 ? assertLost(targets, params) : Promise.resolve(captured)),
    verify: () => Promise.resolve(),
  };
}

async function assertLost(targets: FailoverTargets, { verdict, decidedAt, from }: FailoverParams): Promise<Looked> {
  const isFresh = Date.now() - Date.parse(decidedAt) < freshMs;
  if (verdict === undefined || isFresh) return { looked: false };
  const known = { sites: targets.estate.sites, record: undefined, intervalMs: 0, aliveUntilMs: 0 };
  const found = await Promise.all(targets.databases.map((database) => lookAtDatabase(database, from, known)));
  const flowing = found.flatMap(({ standbys }) => standbys).find((standby) => standby.dataFlowing);
  const isBack = found.some(({ primary }) => primary === 'answers');
  if (!isBack && flowing === undefined) return { looked: true };
  const how = isBack ? `${from} answers again and takes writes` : `${flowing?.site} receives data from ${from} again`;
  throw new DrError('PRECONDITION_FAILED', `${how}: nothing has to be moved`, {
    hint: 'to move service nevertheless, start it by hand',
  });
}

/** Commits may have been released between the decision and now; no more from here on, as such a change excludes us. */
async function assertPromiseStands(
  targets: FailoverTargets,
  memory: ReplicationMemory,
  { synchronousStandbys = {}, epoch, from }: FailoverParams,
): Promise<void> {
  for (const { settings } of targets.databases) {
    const promised = synchronousStandbys[settings.name] ?? [];
    if (promised.length === 0) continue;
    const { value } = await memory.read(settings.name);
    const now = value?.epoch === epoch && value.site === from ? value.synchronous : [];
    const released = promised.filter((site) => !now.includes(site));
    if (released.length === 0) continue;
    throw new DrError('PRECONDITION_FAILED', `commits of ${from} no longer wait for ${listWords(released)}`, {
      hint: 'look at query.failover.status, then decide again: rows may be lost',
    });
  }
}

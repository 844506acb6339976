import { type RunningServer, type SeenEvent, type SiteName } from '@novacron/lab';
import type { ChaosEstate, Findings } from './chaos-estate.js';
import { freeze, thaw } from './faults.js';
import { killFailoverService } from './journal-trap.js';
import { whole } from './seed.js';

/** A way in which an old primary comes back. */
export interface Return {
  readonly how: 'revived' | 'started by hand' | 'frozen and continued' | 'cut off and healed';
  readonly moment: 'after the failover' | 'during it';
  readonly network: 'up' | 'down';
  /** Where it stands: where the failover put it, or as after a reload that has forgotten it. */
  readonly router: 'right' | 'wrong';
  readonly service: 'alive' | 'dead';
  /** What starts, stops and switches off the site's servers for us. */
  readonly agent: 'on' | 'off';
}

export interface ReturnOutcome extends Findings {
  readonly completed: SeenEvent['data'];
  readonly old: SiteName;
  /** Rows of customers and of the observer that only the old primary's disk has, by its own WAL. */
  readonly orphans: {
    readonly customers: number;
    readonly observed: number;
    /** What the counts were made of, for whoever wants to know why. */
    readonly from: { readonly switchLsn: string; readonly commits: number; readonly relations: readonly string[] };
  };
  /** What the service told of it: what it did about it, or what a human has to do. */
  readonly told: readonly SeenEvent[];
}

/** It takes no writes for so long: then it is fenced, and not only slow. */
const quietMs = 3_000;
const quietWithinMs = 60_000;
const cutMs = 3_000;

/** A failover away from a primary that then comes back; everything is whole again afterwards. */
export async function runReturn(
  estate: ChaosEstate,
  way: Return,
  expectSound: (outcome: ReturnOutcome) => void,
): Promise<void> {
  const { lab, rounds, trap } = estate;
  const old = await estate.ready();
  let byHand: RunningServer | undefined;
  const back = async (): Promise<void> => {
    if (way.router === 'wrong') await forgetFailover(estate, old);
    if (way.network === 'down') await lab.partition(old);
    if (way.service === 'dead') await killFailoverService(lab);
    byHand = await comeBack(estate, old, way);
    if (way.network === 'down') {
      await new Promise((resolve) => setTimeout(resolve, cutMs));
      await lab.heal(old);
    }
  };
  const killOld = async (): Promise<void> => {
    await byHand?.shutDown();
    await lab.kill(old);
  };
  if (way.agent === 'off') lab.withoutAgent.add(old);
  try {
    const during = way.moment === 'during it' ? trap.arm({ record: 'done', step: 'promote' }, back) : undefined;
    during?.catch(() => undefined);
    const since = Date.now();
    await lose(estate, old, way);
    const completed = await estate.moved(since, killOld);
    await (during ?? back());
    const quiet = () => Promise.resolve(!estate.observer.heardFrom(old, Date.now() - quietMs));
    const backAt = Date.now();
    await rounds.until(`${old} takes no writes`, quietWithinMs, async () => Date.now() - backAt > quietMs && quiet());
    await killOld();
    const found = await estate.findings(since);
    const told = ['epoch-enforced', 'failover-failed'].flatMap((name) =>
      rounds.events.all(name, ({ at }) => at >= since),
    );
    const orphans = await orphansOf(estate, old, found.primary, String(completed['switchLsn']));
    expectSound({ ...found, completed, old, orphans, told });
  } finally {
    trap.disarm();
    await killOld();
    await lab.heal(old);
    lab.withoutAgent.delete(old);
  }
  // The short form has no case after this one.
  if (whole) await estate.bringBack([old]);
}

async function lose(estate: ChaosEstate, old: SiteName, { how }: Return): Promise<void> {
  if (how === 'frozen and continued') await freeze(estate, old);
  else if (how === 'cut off and healed') await estate.lab.partition(old);
  else await estate.lab.kill(old);
}

async function comeBack(estate: ChaosEstate, old: SiteName, { how }: Return): Promise<RunningServer | undefined> {
  const { lab } = estate;
  if (how === 'frozen and continued') await thaw(estate, old);
  else if (how === 'cut off and healed') await lab.heal(old);
  else if (how === 'revived') await lab.revive(old);
  else {
    const server = await lab.sites[old].stack?.postgres.launch();
    // It may be killed before it answers.
    await server?.ready().catch(() => undefined);
    return server;
  }
  return undefined;
}

/** What a reload does to a router whose state was not saved. */
async function forgetFailover({ lab }: ChaosEstate, old: SiteName): Promise<void> {
  for (const backend of ['http', 'postgres']) {
    for (const site of ['primary', 'secondary', 'dr'])
      await lab.router.ask(`set server ${backend}/${site} state ${site === old ? 'ready' : 'maint'}`);
  }
}

async function orphansOf(
  { rounds }: ChaosEstate,
  old: SiteName,
  primary: string,
  switchLsn: string,
): Promise<ReturnOutcome['orphans']> {
  const { on } = rounds.databases;
  const { commits, relations } = await on(old).orphanedWork(switchLsn);
  const names = await on(primary).relationNames(relations);
  const inserted = (table: string): number =>
    relations
      .filter(({ filenode }) => names.get(filenode) === table)
      .reduce((sum, relation) => sum + relation.inserted, 0);
  const found = relations.map(({ filenode, inserted: rows }) => `${names.get(filenode) ?? filenode}: ${rows}`);
  return {
    customers: inserted('app.rows'),
    observed: inserted('app.observed'),
    from: { switchLsn, commits: commits.length, relations: found },
  };
}

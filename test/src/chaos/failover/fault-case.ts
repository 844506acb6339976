import { lsnDiffBytes } from '@novacron/drivers';
import type { SeenEvent, SiteName } from '@novacron/lab';
import type { ChaosEstate, Findings, MoveReport } from './chaos-estate.js';
import type { Fault } from './faults.js';
import { type JournalPoint, killFailoverService, stepGroups, steps } from './journal-trap.js';
import { whole } from './seed.js';

export interface FaultCase {
  readonly fault: Fault;
  readonly point: JournalPoint;
}

/** Every fault at every step; which record of the step differs from seed to seed. */
export function faultCases(faults: readonly Fault[], seed: number): FaultCase[] {
  return faults.flatMap((fault, f) =>
    steps.map((step, s) => ({ fault, point: { step, record: (f + s + seed) % 2 === 0 ? 'intent' : 'done' } as const })),
  );
}

/** Every fault and every step, but not each with each. */
export function fewFaultCases(faults: readonly Fault[], seed: number): FaultCase[] {
  const all = faultCases(faults, seed);
  return steps.flatMap((_, s) => all[((s + seed) % faults.length) * steps.length + s] ?? []);
}

/** The fault at one step of each group, another one with each seed. */
export function casesByGroup(fault: Fault, seed: number): FaultCase[] {
  return stepGroups.map((group: readonly string[], g) => ({
    ...{ fault, point: { step: group[seed % group.length] ?? '', record: (g + seed) % 2 === 0 ? 'intent' : 'done' } },
  }));
}

export interface FaultOutcome extends Findings {
  readonly completed: SeenEvent['data'];
  readonly kills: number;
  readonly report: MoveReport;
  /** From where the new timeline begins to the old disk's last commit; undefined where the old site wrote on. */
  readonly orphanedBytes: number | undefined;
}

/** The fault, while the failover service is killed at a point of what follows; everything is whole again afterwards. */
export async function runFaultCase(
  estate: ChaosEstate,
  { fault, point }: FaultCase,
  expectSound: (outcome: FaultOutcome) => void,
): Promise<void> {
  const active = await estate.ready();
  let kills = 0;
  const killed = estate.trap.arm(point, async () => {
    kills += 1;
    await killFailoverService(estate.lab);
  });
  killed.catch(() => undefined);
  await estate.lagBehind(active);
  const since = Date.now();
  const lost = await fault.begin(estate, active);
  await estate.lab.heal(estate.partnerOf(active));
  try {
    const completed = await estate.moved(since);
    const found = await estate.findings(since);
    const orphanedBytes = fault.endsWrites === true ? await orphanedBytesOf(estate, active, completed) : undefined;
    const report = await estate.report(String(completed['operationId']));
    expectSound({ ...found, completed, kills, orphanedBytes, report });
  } finally {
    estate.trap.disarm();
    await fault.end?.(estate, active);
  }
  // The short form has no case after this one.
  if (whole) await estate.bringBack(lost);
}

/** By the old primary's own WAL, once it is dead. */
async function orphanedBytesOf(
  { lab, rounds }: ChaosEstate,
  old: SiteName,
  completed: SeenEvent['data'],
): Promise<number> {
  await lab.kill(old);
  const switchLsn = String(completed['switchLsn']);
  const last = (await rounds.databases.on(old).orphanedCommits(switchLsn)).at(-1);
  return last === undefined ? 0 : Math.max(0, Number(lsnDiffBytes(last.lsn, switchLsn)));
}

import { compareLsn } from '@novacron/drivers';
import type { SiteRole, StandbyView } from './standby-view.js';

const readiness = {
  production: 4,
  'hot-standby': 3,
  'warm-standby': 2,
  'cold-standby': 1,
  archive: 0,
} as const satisfies Record<SiteRole, number>;

/** Standbys fit to take over from a site, best first, and what the others lack. */
export interface Ranking {
  readonly fit: readonly StandbyView[];
  readonly unfit: readonly { readonly site: string; readonly problem: string }[];
}

/**
 * Those that lose nothing first; then by how far they are, by how ready their site is, by priority, by the estate's order
 * and at last by name, so that every decider that sees the same evidence chooses the same one. Whether a site has enough
 * capacity is no question of rank: policy asks a human about it.
 */
export function rankStandbys(
  lost: string,
  standbys: readonly StandbyView[],
  order: readonly string[],
  minimumCapacityPercent = 0,
): Ranking {
  const judged = standbys
    .filter(({ site }) => site !== lost)
    .map((standby) => ({ standby, problem: problemOf(standby) }));
  const rank = (site: string): number => (order.includes(site) ? order.indexOf(site) : order.length);
  const small = (standby: StandbyView): number => Number(isTooSmall(standby, minimumCapacityPercent));
  const ready = ({ role }: StandbyView): number => (role === undefined ? 0 : readiness[role]);
  const fit = judged
    .flatMap(({ standby, problem }) => (problem === undefined ? [standby] : []))
    .toSorted(
      (a, b) =>
        Number(b.synchronous) - Number(a.synchronous) ||
        small(a) - small(b) ||
        compareLsn(b.position ?? '0/0', a.position ?? '0/0') ||
        ready(b) - ready(a) ||
        (b.priority ?? 0) - (a.priority ?? 0) ||
        rank(a.site) - rank(b.site) ||
        (a.site < b.site ? -1 : 1),
    );
  const unfit = judged.flatMap(({ standby: { site }, problem }) => (problem === undefined ? [] : [{ site, problem }]));
  return { fit, unfit };
}

export function isTooSmall({ capacityPercent }: StandbyView, minimumCapacityPercent: number): boolean {
  return capacityPercent !== undefined && capacityPercent < minimumCapacityPercent;
}

function problemOf(standby: StandbyView): string | undefined {
  if (!standby.reachable) return 'does not answer';
  if (!standby.promotable) return 'is not to be promoted';
  if (standby.role === 'archive') return 'only keeps backups';
  if (!standby.inRecovery) return 'is not a standby';
  return standby.problem;
}

import type { FenceLevel } from '@novacron/contracts';

/** What was confirmed about the old primary, each by reading it back. */
export interface FenceEvidence {
  /** It was switched off by a path of its own, and that path says it is off. */
  readonly poweredOff: boolean;
  /** Every load balancer instance sends nothing to it and its sessions were shut. */
  readonly unrouted: boolean;
  /** It needs a standby's confirmation for each commit, and no standby listens to it any more. */
  readonly commitsBlocked: boolean;
  /** Its write lease was revoked, and either its guard has answered that it is closed or the lease has run out. */
  readonly leaseOver: boolean;
}

/**
 * The surest level that was reached. L1 outranks L2: a client that goes around the router can still write to an unrouted
 * primary, while one that cannot commit harms nobody; so L2 counts only on top of L1 (research note, ladder L0 to L4).
 */
export function fenceLevel(evidence: FenceEvidence): FenceLevel {
  if (evidence.poweredOff) return 'L3';
  if (evidence.commitsBlocked && evidence.unrouted) return 'L2';
  if (evidence.commitsBlocked) return 'L1';
  return evidence.leaseOver ? 'L0' : 'L4';
}

const rank = { L4: 0, L0: 1, L1: 2, L2: 3, L3: 4 } as const satisfies Record<FenceLevel, number>;

/** Whether a level suffices for promoting without a human. */
export function suffices(reached: FenceLevel, required: FenceLevel): boolean {
  return rank[reached] >= rank[required];
}

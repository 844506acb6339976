/** Under which name, among the small facts of failover, the lease of a database's member on a site stands. */
export function leaseName(database: string, site: string): string {
  return `write-lease.${database}.${site}`;
}

/**
 * The right of one server to take writes, as the bus has it. `held`: its guard renews it. `revoked`: a failover has taken it away.
 * `closed`: the guard has answered that, and its server takes no writes. `left`: the guard has ended in order, and nobody keeps it.
 */
export interface WriteLeaseRecord {
  readonly state: 'held' | 'revoked' | 'closed' | 'left';
  /** In which it was taken; one that was revoked in an earlier epoch may be taken again. */
  readonly epoch: number;
  /** Of one start of a guard. */
  readonly holder: string;
  /** As the guard keeps it: it closes its server `marginMs` before `ttlMs` after its last renewal. */
  readonly ttlMs: number;
  readonly marginMs: number;
  /** The failover that has revoked it. */
  readonly operationId?: string;
  /** It was revoked from a guard that was seen to renew it for as long as its server was seen. */
  readonly counts?: boolean;
}

export interface Revocation {
  readonly operationId: string;
  readonly epoch: number;
  /** The guard that renewed it when the server was last seen; absent: none did, or nobody looked. */
  readonly lastHolder: string | undefined;
}

/**
 * What stands after a revocation. It counts as a fence only where the guard that held it was alive for as long as the server was: a
 * guard that had died before would close nothing. A revocation by the same operation stays as it is.
 */
export function revoked(before: WriteLeaseRecord | undefined, revocation: Revocation): WriteLeaseRecord {
  const { operationId, epoch, lastHolder } = revocation;
  if (before?.operationId === operationId && isRevoked(before)) return before;
  const { holder = '', ttlMs = 0, marginMs = 0 } = before ?? {};
  const counts = before?.state === 'held' && before.epoch === epoch && holder === lastHolder;
  return { state: 'revoked', epoch, holder, ttlMs, marginMs, operationId, counts };
}

/** Whether a failover has taken the right away. */
export function isRevoked({ state }: WriteLeaseRecord): boolean {
  return state === 'revoked' || state === 'closed';
}

/** Whether a server must stay closed: its right was revoked in the present epoch, so that a failover may rest on that. */
export function mustStayClosed(record: WriteLeaseRecord | undefined, epoch: number): boolean {
  return record !== undefined && isRevoked(record) && record.epoch >= epoch;
}

/**
 * When a revoked lease is over for certain, counted in milliseconds from the moment at which the revocation was confirmed: the last
 * renewal was sent before that. Undefined where no time makes it so, and only the guard's own answer does.
 */
export function overAfterMs({ state, counts, ttlMs, marginMs }: WriteLeaseRecord): number | undefined {
  if (state === 'closed') return 0;
  return state === 'revoked' && counts === true ? ttlMs + marginMs : undefined;
}

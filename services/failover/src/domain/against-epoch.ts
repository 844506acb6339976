/** A database's server as it was seen: whether it takes writes, and the newest epoch it has accepted. */
export interface MemberSeen {
  readonly database: string;
  readonly site: string;
  readonly takesWrites: boolean;
  readonly epoch: number | undefined;
}

/** One server of a load balancer's backend, on one instance. */
export interface RouteSeen {
  readonly balancer: string;
  readonly backend: string;
  readonly site: string;
  readonly state: 'ready' | 'drain' | 'maint';
}

/** What does not agree with the epoch. */
export interface AgainstEpoch {
  /** Servers that take writes by an older epoch: they have missed that the estate moved, and are stopped. */
  readonly strays: readonly MemberSeen[];
  /** Servers that take writes beside the active site by an epoch that is not older: only a human can tell which one counts. */
  readonly unexplained: readonly MemberSeen[];
  /** Backends that send somewhere else than to the active site. */
  readonly misrouted: readonly { readonly balancer: string; readonly backend: string }[];
}

/**
 * Weighs what runs against the epoch. A backend counts as misrouted only where another site's server is ready for traffic:
 * what a reload does that has forgotten the last failover. That the active site takes none may be somebody's maintenance.
 */
export function againstEpoch(
  current: { readonly site: string; readonly epoch: number },
  members: readonly MemberSeen[],
  routes: readonly RouteSeen[],
): AgainstEpoch {
  const beside = members.filter(({ site, takesWrites }) => takesWrites && site !== current.site);
  const isOlder = ({ epoch = 0 }: MemberSeen): boolean => epoch < current.epoch;
  const elsewhere = routes.filter(({ site, state }) => site !== current.site && state === 'ready');
  const backends = new Map(elsewhere.map(({ balancer, backend }) => [`${balancer} ${backend}`, { balancer, backend }]));
  return {
    strays: beside.filter(isOlder),
    unexplained: beside.filter((member) => !isOlder(member)),
    misrouted: [...backends.values()],
  };
}

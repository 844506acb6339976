import { type FailoverMode, type LoadBalancer } from '@novacron/contracts';
import type { BackendServer, FollowingBackend } from '@novacron/drivers';
import type { FailoverTargets } from './failover-targets.js';

type Backends = Pick<FailoverTargets, 'backends'>;

/**
 * The backends as a move acts on them. A planned one asks every instance, and does not happen without. An unplanned one leaves out those
 * that cannot be reached, and those of `silent` unasked: an instance that is gone with its site sends nobody anywhere, and must
 * not keep service from being moved. One that comes back is told by the epoch keeper.
 */
export function backendsFor(
  { backends }: Backends,
  mode: FailoverMode,
  silent: readonly string[] = [],
): readonly FollowingBackend[] {
  if (mode === 'planned') return backends;
  const narrowed = backends.map((each) => {
    const { instances } = each.runtime;
    return { ...each, runtime: each.runtime.only(instances.filter((name) => !silent.includes(name))).whereHeard() };
  });
  const left = narrowed.filter(({ runtime }) => runtime.instances.length > 0);
  // Where none was heard the question is asked again, and its answer is the reason to stop.
  return left.length > 0 ? left : backends;
}

/** Every server of every backend, on every instance, as it is now; in an unplanned move on those that answer. */
export async function serversOf(targets: Backends, mode: FailoverMode): Promise<BackendServer[]> {
  const found = backendsFor(targets, mode).map(({ runtime, backend }) => {
    const servers = runtime.servers(backend);
    return mode === 'planned' ? servers : servers.catch(() => []);
  });
  return (await Promise.all(found)).flat();
}

/** The instances of which a look has nothing. */
export function silentIn({ backends }: Backends, seen: readonly BackendServer[]): string[] {
  const heard = new Set(seen.map(({ endpoint }) => endpoint));
  return [...new Set(backends.flatMap(({ runtime }) => runtime.instances))].filter((name) => !heard.has(name));
}

/** The load balancers through which customers may come: those of which an instance was heard, or that have none to ask. */
export function openDoors(
  { balancers, backends }: FailoverTargets,
  silent: readonly string[],
): readonly LoadBalancer[] {
  const open = balancers.filter(({ name }) => {
    const instances = backends.filter(({ balancer }) => balancer === name).flatMap(({ runtime }) => runtime.instances);
    return instances.length === 0 || instances.some((instance) => !silent.includes(instance));
  });
  return open.length > 0 ? open : balancers;
}

/** What was seen of one backend: on the instances of its own load balancer, since another one may have a backend of the same name. */
export function seenOf(
  { runtime, backend }: Pick<FollowingBackend, 'runtime' | 'backend'>,
  seen: readonly BackendServer[],
): BackendServer[] {
  return seen.filter((entry) => entry.backend === backend && runtime.instances.includes(entry.endpoint));
}

/** Puts every server back into the state it had, on the instances where it was seen; those that take traffic come last. */
export async function restoreServers(
  targets: Backends,
  captured: readonly BackendServer[],
  mode: FailoverMode,
): Promise<void> {
  await Promise.all(
    backendsFor(targets, mode, silentIn(targets, captured)).map(({ runtime, backend }) =>
      runtime.restore(seenOf({ runtime, backend }, captured)),
    ),
  );
}

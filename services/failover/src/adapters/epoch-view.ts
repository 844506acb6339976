import type { MemberSeen, RouteSeen } from '../domain/against-epoch.js';
import type { FailoverTargets } from './failover-targets.js';

const lookTimeoutMs = 1_000;

/** Every database server that answers, and which epoch it holds. */
export async function membersSeen({ databases }: FailoverTargets): Promise<MemberSeen[]> {
  const asked = databases.flatMap(({ settings, members }) =>
    [...members.values()].map(async (member): Promise<MemberSeen[]> => {
      try {
        const { inRecovery } = await member.status({ timeoutMs: lookTimeoutMs });
        const epoch = inRecovery ? undefined : (await member.readEpoch({ timeoutMs: lookTimeoutMs }))?.epoch;
        return [{ database: settings.name, site: member.name, takesWrites: !inRecovery, epoch }];
      } catch {
        return [];
      }
    }),
  );
  return (await Promise.all(asked)).flat();
}

/** Where every instance of a load balancer that answers would send. */
export async function routesSeen({ backends }: FailoverTargets): Promise<RouteSeen[]> {
  const asked = backends.map(async ({ balancer, backend, runtime, serverOf }): Promise<RouteSeen[]> => {
    const servers = await runtime
      .whereHeard()
      .servers(backend)
      .catch(() => []);
    return [...serverOf].flatMap(([site, server]) =>
      servers.filter((entry) => entry.server === server).map(({ state }) => ({ balancer, backend, site, state })),
    );
  });
  return (await Promise.all(asked)).flat();
}

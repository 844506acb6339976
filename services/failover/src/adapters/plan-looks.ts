import type { BackendServer, HaproxyRuntime, PostgresMember, PostgresStatus } from '@novacron/drivers';
import type { DatabaseTarget } from './failover-targets.js';

const lookTimeoutMs = 1_500;

/** How a database server is now; undefined where nobody can tell, which a plan says and does not fail for. */
export async function lookNow(
  member: PostgresMember | undefined,
  signal: AbortSignal,
): Promise<PostgresStatus | undefined> {
  return member?.status({ signal, timeoutMs: lookTimeoutMs }).catch(() => undefined);
}

/** From where a standby receives, by the name of the site; no connection strings, which may hold secrets. */
export function sourceWords({ settings }: DatabaseTarget, status: PostgresStatus | undefined): string {
  if (status === undefined) return 'unknown';
  const from = status.receivesFrom;
  if (from === null) return 'of nobody it receives from';
  const site = settings.members.find(({ host, port }) => host === from.host && port === from.port)?.site;
  return site ?? `${from.host}:${from.port}`;
}

type State = { readonly server?: string; readonly state: BackendServer['state'] | 'unknown' };

/** The servers of a backend as they are now; one of no name and unknown state where the load balancer does not say. */
export async function statesNow(runtime: HaproxyRuntime, backend: string): Promise<State[]> {
  return runtime.servers(backend).catch(() => [{ state: 'unknown' as const }]);
}

import type { Lab } from '../lab.js';
import type { Site, Stack } from '../sites/site.js';
import type { ServerState, SiteServer } from '../sites/site-server.js';

const probeTimeoutMs = 1_000;

export interface ServerStatus {
  readonly state: ServerState;
  /** Why it is held, or what it is: `primary`, `standby, 0 bytes behind`. */
  readonly detail: string;
}

export interface SiteStatus {
  readonly site: string;
  readonly power: 'on' | 'off';
  readonly network: string;
  readonly postgres?: ServerStatus;
  readonly redis?: ServerStatus;
  readonly s3: ServerStatus;
  readonly app?: ServerStatus;
}

export interface LabStatus {
  /** The site that the router sends customers to, undefined when it sends them nowhere. */
  readonly active?: string;
  readonly sites: readonly SiteStatus[];
  readonly services: readonly { readonly instance: string; readonly pid: number | null }[];
}

/** How a lab's servers are now, asked of the servers themselves and around their fronts. */
export async function labStatus(lab: Lab): Promise<LabStatus> {
  const active = await lab.router.activeSite('postgres').catch(() => undefined);
  return {
    ...(active === undefined ? {} : { active }),
    sites: await Promise.all(Object.values(lab.sites).map((site) => siteStatus(lab, site))),
    services: lab.services.map(({ instance, process }) => ({ instance, pid: process.pid ?? null })),
  };
}

async function siteStatus(lab: Lab, site: Site): Promise<SiteStatus> {
  const { stack } = site;
  const common = {
    site: site.name,
    power: site.isPowered ? ('on' as const) : ('off' as const),
    network: lab.network.stateOf(site.name),
    s3: await serverStatus(site.s3, () => Promise.resolve('')),
  };
  if (stack === undefined) return common;
  const [postgres, redis] = await Promise.all([
    serverStatus(stack.postgresServer, () => postgresDetail(stack)),
    serverStatus(stack.redisServer, () => redisDetail(stack)),
  ]);
  return { ...common, postgres, redis, app: appStatus(stack) };
}

async function serverStatus(server: SiteServer, detail: () => Promise<string>): Promise<ServerStatus> {
  const { state, reason } = server;
  if (state !== 'running') return { state, detail: reason };
  const silent = new Promise<string>((resolve) => setTimeout(() => resolve('does not answer'), probeTimeoutMs).unref());
  return { state, detail: await Promise.race([detail().catch(() => 'does not answer'), silent]) };
}

async function postgresDetail({ postgres }: Stack): Promise<string> {
  const sql = `select pg_is_in_recovery() as standby, (select status from pg_stat_wal_receiver) as receiver,
    pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() as behind`;
  const { rows } = await postgres.withClient('postgres', (client) =>
    client.query<{ standby: boolean; receiver: string | null; behind: string | null }>(sql),
  );
  const [row] = rows;
  if (row?.standby !== true) return 'primary';
  return row.receiver === 'streaming' ? `standby, ${row.behind ?? 0} bytes to replay` : 'standby, receives nothing';
}

async function redisDetail({ redis }: Stack): Promise<string> {
  const role = (await redis.withClient((client) => client.call('ROLE'))) as string[];
  if (role[0] === 'master') return 'primary';
  return role[3] === 'connected' ? 'replica' : 'replica, receives nothing';
}

function appStatus({ appServers }: Stack): ServerStatus {
  const down = Object.entries(appServers).filter(([, { state }]) => state !== 'running');
  if (down.length === 0) return { state: 'running', detail: '' };
  const state = Object.values(appServers).every((server) => server.state === down[0]?.[1].state);
  return {
    state: down[0]?.[1].state ?? 'dead',
    detail: state ? '' : `without ${down.map(([name]) => name).join(', ')}`,
  };
}

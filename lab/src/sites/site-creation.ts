import { setTimeout as delay } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { SiteName } from '../layout/ports.js';
import type { Site, Stack } from './site.js';

type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

const replicationTimeoutMs = 30_000;

/** Builds every site: databases and caches chained primary → secondary → dr, object stores, applications. */
export async function createSites(
  sites: Readonly<Record<SiteName, Site>>,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const [primary, secondary, dr] = [stackOf(sites.primary), stackOf(sites.secondary), stackOf(sites.dr)];
  const withStores = Object.values(sites).filter(({ options }) => options.stores);
  const outcomes = await Promise.allSettled([
    createDatabases(primary, secondary, dr, isSynchronous(sites.primary, sites.secondary), step, signal),
    ...withStores.map((site) => step(`s3 of ${site.name}`, () => site.s3.create())),
    step('redis', () => createCaches([primary, secondary, dr])),
    step('applications', () => createApps([primary, secondary, dr])),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function createDatabases(
  primary: Stack,
  secondary: Stack,
  dr: Stack,
  synchronous: boolean,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  await step('postgres of primary', async () => {
    await primary.postgres.createCluster(signal);
    await primary.postgresServer.create();
    await primary.postgres.createDatabase();
  });
  await step('postgres of secondary', async () => {
    await secondary.postgres.cloneFrom(primary.postgres, signal);
    await secondary.postgresServer.create();
  });
  await step('postgres of dr', async () => {
    await dr.postgres.cloneFrom(secondary.postgres, signal);
    await dr.postgresServer.create();
  });
  await step('replication', async () => {
    await until('dr streams from secondary', signal, () => streams(secondary, "state = 'streaming'"));
    if (!synchronous) return;
    await primary.postgres.requireSynchronous('secondary');
    await until('secondary is synchronous', signal, () =>
      streams(primary, "state = 'streaming' and sync_state = 'sync'"),
    );
  });
}

async function streams(source: Stack, condition: string): Promise<boolean> {
  const sql = `select 1 from pg_stat_replication where ${condition}`;
  const { rowCount } = await source.postgres.withClient('postgres', (client) => client.query(sql));
  return rowCount === 1;
}

async function createCaches(stacks: readonly Stack[]): Promise<void> {
  for (const { redis } of stacks) await redis.create();
  await Promise.all(stacks.map(({ redisServer }) => redisServer.create()));
}

/** Whether the estate's file wants commits on one site to wait for the other. */
function isSynchronous({ options, name }: Site, standby: Site): boolean {
  const links = options.estate.databases.flatMap((database) => database.links);
  return links.some(({ from, to, mode }) => from === name && to === standby.name && mode === 'synchronous');
}

/** The primary's application works, the others wait. */
async function createApps([active, ...standbys]: readonly Stack[]): Promise<void> {
  for (const stack of [active, ...standbys]) {
    if (stack === undefined) continue;
    await stack.app.create();
    await stack.app.prepareMode(stack === active ? 'active' : 'standby');
    await Promise.all(Object.values(stack.appServers).map((server) => server.create()));
  }
}

function stackOf(site: Site): Stack {
  if (site.stack === undefined) throw new DrError('INTERNAL', `${site.name} has no database`);
  return site.stack;
}

async function until(what: string, signal: AbortSignal, isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + replicationTimeoutMs; performance.now() < deadline;) {
    signal.throwIfAborted();
    if (await isTrue()) return;
    await delay(50);
  }
  throw new DrError('TIMEOUT', `it is not so after ${replicationTimeoutMs} ms: ${what}`);
}

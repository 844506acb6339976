import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@novacron/bus';
import { eventually, freePort } from '@novacron/bus/testing';
import { type Check, QueryHealthStatus, type Report } from '@novacron/contracts';
import type { Child } from './child.js';
import { startMonitor, writeEstate } from './monitor.js';
import { startWebServer } from './web-server.js';

const sites = 20;
const vantages = ['alpha', 'beta', 'gamma'];

/**
 * From a server's kill -9 to the arrival of `SiteLost`, in milliseconds, for twenty sites that die at moments of their own:
 * what an interval does to it hangs on when in it they die.
 */
export async function detectionTimes(
  bus: Bus,
  natsUrl: string,
  folder: string,
  intervals: { readonly intervalMs: number; readonly fastIntervalMs: number },
): Promise<number[]> {
  const names = Array.from({ length: sites }, (_, i) => `site${i}-of-${intervals.intervalMs}`);
  const servers = new Map<string, Child>();
  const checks: Check[] = [];
  const monitors: Child[] = [];
  const lostAtMs = new Map<string, number>();
  const subscription = bus.connection.subscribe(`dr.${bus.estate}.event.health-monitor.site-lost.*`, {
    callback: (_error, { subject }) => void lostAtMs.set(subject.split('.').at(-1) ?? '', performance.now()),
  });
  try {
    for (const site of names) {
      const port = await freePort();
      servers.set(site, await startWebServer(join(folder, site), port));
      for (const [name, role] of [
        ['db', 'database'],
        ['api', 'api'],
        ['worker', 'workers'],
      ] as const)
        checks.push({ name, site, role, kind: 'http', url: `http://127.0.0.1:${port}/${name}` });
    }
    const estateFile = writeEstate(join(folder, `estate-${intervals.intervalMs}`), { ...intervals, checks });
    monitors.push(...(await Promise.all(vantages.map((vantage) => startMonitor(estateFile, natsUrl, vantage)))));
    await eventually(() => allWell(bus, names), { timeoutMs: 120_000, pauseMs: 250, what: 'every site well' });

    const killedAtMs = new Map<string, number>();
    for (const [site, server] of servers) {
      await sleep((Math.random() * 2 * intervals.intervalMs * 3) / sites);
      killedAtMs.set(site, performance.now());
      await server.kill();
    }
    await eventually(() => names.every((site) => lostAtMs.has(site)), { timeoutMs: 60_000, what: 'every loss told' });
    return names.map((site) => (lostAtMs.get(site) ?? Infinity) - (killedAtMs.get(site) ?? 0));
  } finally {
    subscription.unsubscribe();
    await Promise.all([...monitors, ...servers.values()].map((child) => child.kill()));
  }
}

async function allWell(bus: Bus, names: readonly string[]): Promise<boolean> {
  const { report } = await bus.request<Report>(new QueryHealthStatus(), { timeoutMs: 2_000 });
  const states = report['sites'] as Record<string, { readonly state: string }>;
  return names.every((site) => states[site]?.state === 'ok');
}

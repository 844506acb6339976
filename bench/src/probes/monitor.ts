import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@novacron/bus/testing';
import { type Bus, decodeBody } from '@novacron/bus';
import { type Check, parseEstate, QueryHealthStatus, Report, requestSubject, validate } from '@novacron/contracts';
import { Child } from './child.js';

const root = join(import.meta.dirname, '../../..');

export interface MonitoredEstate {
  readonly intervalMs: number;
  readonly fastIntervalMs: number;
  readonly checks: readonly Check[];
}

export interface Pace {
  readonly checksHere: number;
  readonly looks: number;
  readonly latestMs: number;
}

/** Writes the lab's estate with other sites and checks; the path of the file. */
export function writeEstate(folder: string, { intervalMs, fastIntervalMs, checks }: MonitoredEstate): string {
  const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
  if (estate === undefined) throw new Error('the lab’s estate file does not parse');
  const known = new Set(estate.sites.map((site) => site.name));
  const more = [...new Set(checks.map((check) => check.site))].filter((site) => !known.has(site));
  const health = {
    interval: `${intervalMs}ms`,
    timeout: `${Math.round(intervalMs * 0.8)}ms`,
    fastInterval: `${fastIntervalMs}ms`,
    slowAfter: `${Math.round(intervalMs * 0.5)}ms`,
    vantages: ['alpha', 'beta', 'gamma'].map((name) => ({ name })),
    rules: { failures: 3, recoveries: 3, siteLostWhen: ['database', 'api', 'workers'] },
    checks,
  };
  const sites = [...estate.sites, ...more.map((name) => ({ name, role: 'hot-standby' }))];
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'estate.yaml');
  writeFileSync(file, JSON.stringify(Object.assign(estate, { sites, health })));
  return file;
}

/** The service itself, as it is deployed, looking from one vantage; on one core, and its event loop watched, where asked. */
export async function startMonitor(
  estateFile: string,
  natsUrl: string,
  vantage: string,
  { onOneCore = false } = {},
): Promise<Child> {
  const main = [join(root, 'services/health-monitor/dist/main.js')];
  const watch = ['--import', join(import.meta.dirname, 'loop-watch.js')];
  const env = { DR_ESTATE: estateFile, DR_NATS_URL: natsUrl, DR_VANTAGE: vantage, DR_SERVICE_INSTANCE: vantage };
  const monitor = onOneCore
    ? await Child.start('taskset', ['-c', '0', process.execPath, ...watch, ...main], env)
    : await Child.start(process.execPath, main, env);
  await eventually(() => monitor.ended || monitor.output.includes('service is ready'), {
    timeoutMs: 90_000,
    pauseMs: 50,
    what: 'the health monitor',
  });
  if (monitor.ended) throw new Error(`the health monitor ended: ${monitor.output}`);
  return monitor;
}

/** For how long a watched monitor has held its event loop at most since it was ready, milliseconds of its own processor time. */
export function longestHeldMs(monitor: Child): number {
  const since = monitor.output.slice(Math.max(0, monitor.output.indexOf('service is ready')));
  const said = [...since.matchAll(/^event loop held (?<ms>[\d.]+) ms$/gmu)].map(({ groups }) => Number(groups?.['ms']));
  if (said.length === 0) throw new Error('the event loop of the health monitor is not watched');
  return Math.max(...said);
}

export async function paceOf(bus: Bus): Promise<Pace> {
  const { report } = await bus.request<Report>(new QueryHealthStatus(), { timeoutMs: 5_000 });
  return report['pace'] as Pace;
}

/** From a question over the bus until the whole answer is there: as many times, one after the other, milliseconds each; each is read and checked afterwards. */
export async function statusTimes(bus: Bus, count: number): Promise<number[]> {
  const subject = requestSubject(bus.estate, bus.registry.requestOf(new QueryHealthStatus()));
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const begunMs = performance.now();
    const { data } = await bus.connection.request(subject, '{}', { timeout: 5_000 });
    times.push(performance.now() - begunMs);
    validate(Report, decodeBody(data), 'strict');
    await sleep(20);
  }
  return times;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, silentLogger } from '@novacron/bus';
import { freePort, startNatsServer } from '@novacron/bus/testing';
import type { Check } from '@novacron/contracts';
import type { Benchmark, BenchmarkOptions } from '../benchmark.js';
import type { Figure } from '../measuring/figure.js';
import { measurePairs } from '../measuring/pairs.js';
import { quantile } from '../measuring/statistics.js';
import { detectionTimes } from './detection.js';
import { Exporter } from './exporter.js';
import { longestHeldMs, paceOf, startMonitor, statusTimes, writeEstate } from './monitor.js';
import { startWebServer } from './web-server.js';

const checksAtOnce = 5_000;
const mebibyte = 2 ** 20;

interface Place {
  readonly bus: Bus;
  readonly natsUrl: string;
  readonly folder: string;
  /** The server that both sides probe. */
  readonly url: string;
}

export const probesBenchmark: Benchmark = {
  name: 'probes',
  summary: 'the health monitor as it is deployed: probes, pace, memory, and how soon a loss is told',
  peer: 'blackbox_exporter, the same nginx, a fresh connection for each probe',
  run: async (options) => {
    const folder = mkdtempSync(join(tmpdir(), 'novacron-probes-'));
    const nats = await startNatsServer();
    const settings = { url: nats.url, service: 'bench', instance: 'bench', estate: 'novacron', logger: silentLogger };
    const bus = await Bus.connect(settings);
    const port = await freePort();
    const web = await startWebServer(join(folder, 'web'), port);
    const place: Place = { bus, natsUrl: nats.url, folder, url: `http://127.0.0.1:${port}/health` };
    try {
      return [
        await probeCost(place, options),
        ...(await manyChecks(place, options)),
        ...(await detection(place, options, { intervalMs: 1_000, fastIntervalMs: 250, goalMs: 4_000 })),
        ...(await detection(place, options, { intervalMs: 10_000, fastIntervalMs: 1_000, goalMs: 15_000 })),
      ];
    } finally {
      await web.kill();
      await bus.close();
      await nats.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function checksOf(url: string): Check[] {
  return Array.from({ length: checksAtOnce }, (_, i) => ({
    name: `check-${i}`,
    site: ['primary', 'secondary', 'dr'][i % 3] as string,
    kind: 'http',
    role: 'api',
    url,
  }));
}

/** The whole service at 2,500 probes a second, its samples said on the bus and heard again: nothing is left out of its cost. */
async function probeCost({ bus, natsUrl, folder, url }: Place, { log, whole }: BenchmarkOptions): Promise<Figure> {
  const pairs = whole ? 7 : 3;
  log(`probes by second of processor time, ${pairs} pairs`);
  const exporter = await Exporter.start(folder);
  const lengthMs = 6_000;
  const estateFile = writeEstate(join(folder, 'cost'), {
    intervalMs: 2_000,
    fastIntervalMs: 500,
    checks: checksOf(url),
  });
  try {
    const { probes } = await measurePairs(
      pairs,
      async () => {
        const monitor = await startMonitor(estateFile, natsUrl, 'alpha');
        try {
          await sleep(8_000);
          const [before, cpuBefore] = [await paceOf(bus), monitor.cpuSeconds()];
          await sleep(lengthMs);
          const [after, cpuAfter] = [await paceOf(bus), monitor.cpuSeconds()];
          return { probes: (after.looks - before.looks) / (cpuAfter - cpuBefore) };
        } finally {
          await monitor.kill();
        }
      },
      async () => ({ probes: await exporter.probesPerCpuSecond(url, lengthMs) }),
    );
    const peer = { name: 'blackbox_exporter', value: probes.peer };
    return {
      name: 'http-probes',
      value: probes.value,
      unit: 'per CPU-second',
      peer,
      ratio: probes.ratio,
      goal: { atLeast: 2 },
    };
  } finally {
    await exporter.stop();
  }
}

/** From the start on: that all of them begin is part of it. */
async function manyChecks({ bus, natsUrl, folder, url }: Place, { log }: BenchmarkOptions): Promise<Figure[]> {
  log(`${checksAtOnce} checks at 10 s, on one core, for 40 s`);
  const estateFile = writeEstate(join(folder, 'many'), {
    intervalMs: 10_000,
    fastIntervalMs: 2_000,
    checks: checksOf(url),
  });
  const monitor = await startMonitor(estateFile, natsUrl, 'alpha', { onOneCore: true });
  try {
    const cpuBefore = monitor.cpuSeconds();
    await sleep(22_000);
    const early = await paceOf(bus);
    await sleep(18_000);
    const { latestMs, looks } = await paceOf(bus);
    log(`${looks} looks, ${(monitor.cpuSeconds() - cpuBefore).toFixed(1)} s of processor time`);
    const heldMs = longestHeldMs(monitor);
    const status = await statusTimes(bus, 300);
    log(`status: median ${quantile(status, 0.5).toFixed(1)} ms, slowest ${Math.max(...status).toFixed(1)} ms`);
    return [
      { name: 'latest-of-5000', value: Math.max(early.latestMs, latestMs), unit: 'ms', goal: { atMost: 500 } },
      { name: 'held-of-5000', value: heldMs, unit: 'ms of its CPU', goal: { atMost: 250 } },
      { name: 'memory-of-5000', value: monitor.peakResidentBytes() / mebibyte, unit: 'MiB', goal: { atMost: 300 } },
      { name: 'status-of-5000-p99', value: quantile(status, 0.99), unit: 'ms', goal: { atMost: 50 } },
    ];
  } finally {
    await monitor.kill();
  }
}

async function detection(
  { bus, natsUrl, folder }: Place,
  { log }: BenchmarkOptions,
  { goalMs, ...intervals }: { intervalMs: number; fastIntervalMs: number; goalMs: number },
): Promise<Figure[]> {
  log(
    `twenty sites killed, checked every ${intervals.intervalMs / 1_000} s, repeated every ${intervals.fastIntervalMs} ms`,
  );
  const times = await detectionTimes(bus, natsUrl, join(folder, `detection-${intervals.intervalMs}`), intervals);
  log(`median ${(quantile(times, 0.5) / 1_000).toFixed(1)} s, slowest ${(Math.max(...times) / 1_000).toFixed(1)} s`);
  return [
    {
      name: `kill-to-lost-at-${intervals.intervalMs / 1_000}s-p95`,
      value: quantile(times, 0.95) / 1_000,
      unit: 's',
      goal: { atMost: goalMs / 1_000 },
    },
  ];
}

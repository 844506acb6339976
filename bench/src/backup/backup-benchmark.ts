import { temporaryFolder } from '@novacron/drivers/testing';
import type { Benchmark } from '../benchmark.js';
import type { Figure } from '../measuring/figure.js';
import { measurePairs } from '../measuring/pairs.js';
import { quantile } from '../measuring/statistics.js';
import { benchCluster, growCluster } from './bench-cluster.js';
import { OurSide } from './our-side.js';
import { PgBackRest, requirePgBackRest } from './pgbackrest.js';
import { recoveryLagsMs } from './recovery-lag.js';

const mebibyte = 2 ** 20;
const sizeMiB = { everyDay: 1_100, whole: 4_400 };
const defaultPairs = 5;
const loadSeconds = { everyDay: 20, whole: 120 };

export const backupBenchmark: Benchmark = {
  name: 'backup',
  summary: 'a database of a gigabyte backed up, restored and archived by the services, asked over the bus',
  peer: 'pgBackRest on the same cluster: zstd level 3, encrypted, two processes, a repository in a folder',
  run: async ({ whole, pairs = defaultPairs, log }) => {
    const program = requirePgBackRest();
    const folder = temporaryFolder('bench-backup');
    const peer = new PgBackRest(program, folder.path);
    const form = whole ? 'whole' : 'everyDay';
    log(`a database of ${sizeMiB[form]} MiB is made`);
    const cluster = await benchCluster(sizeMiB[form], folder.path, peer.settings).catch((error: unknown) => {
      folder.remove();
      throw error;
    });
    let ours: OurSide | undefined;
    try {
      await peer.begin(cluster);
      ours = await OurSide.start(cluster, folder.path);
      return await measure({ ours, peer, cluster, pairs, log, seconds: loadSeconds[form] });
    } finally {
      await ours?.stop();
      await cluster.postgres.stop();
      folder.remove();
    }
  },
};

async function measure(options: {
  readonly ours: OurSide;
  readonly peer: PgBackRest;
  readonly cluster: Awaited<ReturnType<typeof benchCluster>>;
  readonly pairs: number;
  readonly seconds: number;
  readonly log: (line: string) => void;
}): Promise<Figure[]> {
  const { ours, peer, cluster, pairs, seconds, log } = options;
  const sizeMiB = cluster.sizeBytes / mebibyte;
  log(`${Math.round(sizeMiB)} MiB, ${pairs} pairs and one that warms up: full, restore, incremental without a change`);
  const paired = await measurePairs(
    pairs,
    async () => {
      let backupId = '';
      const fullMs = await elapsedMs(async () => void (backupId = await ours.fullBackup()));
      let restore: Awaited<ReturnType<OurSide['restore']>> | undefined;
      const restoreMs = await elapsedMs(async () => void (restore = await ours.restore(backupId)));
      await restore?.untilRecovered();
      const incrementalMs = await elapsedMs(() => ours.incrementalBackup());
      const sizeBytes = await ours.sizeBytes(backupId);
      log(`ours: full ${seconds1(fullMs)}, restore ${seconds1(restoreMs)}, incremental ${seconds1(incrementalMs)}`);
      return rates(sizeMiB, fullMs, restoreMs, incrementalMs, sizeBytes);
    },
    async () => {
      const fullMs = await elapsedMs(() => peer.backup('full'));
      const restoreMs = await elapsedMs(() => peer.restore());
      peer.removeRestored();
      const incrementalMs = await elapsedMs(() => peer.backup('incr'));
      log(
        `pgBackRest: full ${seconds1(fullMs)}, restore ${seconds1(restoreMs)}, incremental ${seconds1(incrementalMs)}`,
      );
      return rates(sizeMiB, fullMs, restoreMs, incrementalMs, peer.fullBackupBytes());
    },
  );
  const memoryMiB = ours.peakMemoryMiB;
  log(`${seconds} s of pgbench: how far the store is behind`);
  const lags = await recoveryLagsMs(ours, cluster.postgres, seconds);
  log('the database is made three times as large: a full backup and a restore of it, for their memory');
  const largerMiB = await memoryOfLarger(ours, cluster);
  const beside = (name: keyof typeof paired, unit: string, goal: Figure['goal']): Figure => {
    const { value, peer: peerValue, ratio } = paired[name];
    return { name, value, unit, peer: { name: 'pgBackRest', value: peerValue }, ratio, goal };
  };
  return [
    beside('full', 'MiB/s', { atLeast: 1.5 }),
    beside('restore', 'MiB/s', { atLeast: 1 }),
    beside('size', 'MiB', { atMost: 1.1 }),
    beside('incremental_unchanged', 's', { atMost: 0.5 }),
    { name: 'service_memory', value: memoryMiB, unit: 'MiB', goal: { atMost: 300 } },
    { name: 'service_memory_threefold', value: largerMiB, unit: 'MiB', goal: { atMost: 300 } },
    { name: 'recovery_point_lag_p99', value: quantile(lags, 0.99) / 1_000, unit: 's', goal: { atMost: 2 } },
  ];
}

/** The most that either service had resident while it backed up and restored a database three times the size. */
async function memoryOfLarger(ours: OurSide, cluster: Awaited<ReturnType<typeof benchCluster>>): Promise<number> {
  await growCluster(cluster);
  ours.forgetPeakMemory();
  const restore = await ours.restore(await ours.fullBackup());
  await restore.untilRecovered();
  return ours.peakMemoryMiB;
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function rates(sizeMiB: number, fullMs: number, restoreMs: number, incrementalMs: number, sizeBytes: number) {
  return {
    full: (sizeMiB * 1_000) / fullMs,
    restore: (sizeMiB * 1_000) / restoreMs,
    size: sizeBytes / mebibyte,
    incremental_unchanged: incrementalMs / 1_000,
  };
}

const seconds1 = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

import type { Benchmark } from './benchmark.js';
import { backupBenchmark } from './backup/backup-benchmark.js';
import { busBenchmark } from './bus/bus-benchmark.js';
import { drillBenchmark } from './drill/drill-benchmark.js';
import { notifyBenchmark } from './notify/notify-benchmark.js';
import { probesBenchmark } from './probes/probes-benchmark.js';
import { failoverBenchmark } from './failover/failover-benchmark.js';
import { sealingBenchmark } from './sealing/sealing-benchmark.js';
import { statusPageBenchmark } from './status-page/status-page-benchmark.js';

/** Everything that can be asked for by name. */
export const benchmarks: readonly Benchmark[] = [
  busBenchmark,
  sealingBenchmark,
  backupBenchmark,
  probesBenchmark,
  failoverBenchmark,
  drillBenchmark,
  notifyBenchmark,
  statusPageBenchmark,
];

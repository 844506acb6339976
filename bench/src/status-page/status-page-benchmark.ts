import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DrError } from '@novacron/contracts';
import autocannon from 'autocannon';
import type { Benchmark } from '../benchmark.js';
import { median } from '../measuring/statistics.js';

const program = join(import.meta.dirname, '../../../services/notifier/dist/status-page/measuring/main.js');
const requestsPerSecond = 2_000;
const connections = 50;
const patienceMs = 120_000;

interface Measured {
  readonly builds: readonly number[];
  readonly first: number;
  readonly changes: readonly number[];
  readonly firstViewBytes: number;
  readonly port: number;
}

export const statusPageBenchmark: Benchmark = {
  name: 'status-page',
  summary:
    'a year of history (1,000 incidents, 100 components) built, published to two folders, and served by one process',
  peer: 'nothing: the goals are absolute',
  run: async ({ whole, log }) => {
    const folder = await mkdtemp(join(tmpdir(), 'dr-bench-status-'));
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const measured = await firstLine(child);
      log(`first publication of all files: ${Math.round(measured.first)} ms`);
      const seconds = whole ? 30 : 10;
      log(`${requestsPerSecond} requests a second over ${connections} connections, ${seconds} s, gzip`);
      const load = await autocannon({
        url: `http://127.0.0.1:${measured.port}/`,
        connections,
        duration: seconds,
        overallRate: requestsPerSecond,
        headers: { 'accept-encoding': 'gzip' },
      });
      if (load.non2xx > 0 || load.errors > 0)
        throw new DrError('INTERNAL', `${load.non2xx + load.errors} requests failed`);
      return [
        { name: 'built whole, median', value: median(measured.builds), unit: 'ms', goal: { atMost: 100 } },
        {
          name: 'a change built and published, median',
          value: median(measured.changes),
          unit: 'ms',
          goal: { atMost: 1_000 },
        },
        {
          name: 'served',
          value: load.requests.average,
          unit: 'requests/s',
          goal: { atLeast: requestsPerSecond * 0.98 },
        },
        { name: 'served, p99', value: load.latency.p99, unit: 'ms', goal: { atMost: 20 } },
        { name: 'first view', value: measured.firstViewBytes, unit: 'bytes', goal: { atMost: 30_000 } },
      ];
    } finally {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function firstLine(child: ChildProcess): Promise<Measured> {
  if (child.stdout === null) throw new DrError('INTERNAL', 'the program has no output');
  const lines = createInterface({ input: child.stdout });
  const signal = AbortSignal.timeout(patienceMs);
  const [line] = (await Promise.race([
    once(lines, 'line', { signal }),
    once(child, 'exit').then(() => [undefined]),
  ])) as [string | undefined];
  if (line === undefined) throw new DrError('INTERNAL', 'the program that measures the status page ended early');
  return JSON.parse(line) as Measured;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestPostgres } from '@novacron/drivers/testing';
import { parseEstate } from '@novacron/contracts';

const root = join(import.meta.dirname, '../../../..');
const program = join(root, 'services/failover/dist/guard/write-guard/main.js');

/** The lab's estate file, with write leases on the sites. Returns its path. */
export function estateWithLeases(folder: string, sites: readonly string[], ttl: string, margin: string): string {
  const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
  if (estate === undefined) throw new Error('the lab’s estate file does not parse');
  Object.assign(estate.failover, { fences: sites.map((site) => ({ site, lease: { ttl, margin } })) });
  const file = join(folder, 'estate.json');
  writeFileSync(file, JSON.stringify(estate));
  return file;
}

export interface WriteGuardOptions {
  readonly estateFile: string;
  readonly natsUrl: string;
}

/** The write guard of a server as a machine runs it: two processes. */
export class WriteGuard {
  /** What it said, line by line. */
  said = '';
  exitCode: number | undefined;

  private constructor(private readonly child: ChildProcess) {
    child.stderr?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    child.once('exit', (code) => (this.exitCode = code ?? -1));
  }

  static start({ name, dataDir }: TestPostgres, { estateFile, natsUrl }: WriteGuardOptions): WriteGuard {
    const words = ['--estate', estateFile, '--site', name, '--data-dir', dataDir];
    const env = { ...process.env, DR_NATS_URL: natsUrl };
    return new WriteGuard(spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  /** The one that only counts the time. */
  get watcher(): number {
    return this.child.pid ?? 0;
  }

  /** The one that keeps the lease; undefined while there is none. */
  get keeper(): number | undefined {
    const pids = readFileSync(`/proc/${this.watcher}/task/${this.watcher}/children`, 'utf8').trim().split(' ');
    const pid = Number(pids[0]);
    return pid > 0 ? pid : undefined;
  }

  signal(pid: number | undefined, name: NodeJS.Signals): void {
    if (pid === undefined) throw new Error('the process is not there');
    process.kill(pid, name);
  }

  /** Both at once, as when the whole machine stops. */
  kill(): void {
    const pids = this.exitCode === undefined ? [this.keeper, this.watcher] : [];
    // The watching one first: it would start another.
    for (const pid of pids.reverse()) if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}

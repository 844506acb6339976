import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrError } from '@novacron/contracts';
import { ordinaryUser } from '@novacron/drivers/testing';

const root = resolve(import.meta.dirname, '../../..');
const startTimeoutMs = 60_000;

/** What the image and the unit file of the README set. */
const asDeployed = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '4194304',
  NODE_OPTIONS: '--max-semi-space-size=4',
};

/** One of the five services as it runs in production: a process of its own, as a user that may run PostgreSQL's programs. */
export class ServiceProcess {
  private output = '';

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-4_000)));
  }

  /** Resolved once it says that it is ready. */
  static async start(name: string, environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const child = spawn(process.execPath, [resolve(root, `services/${name}/dist/main.js`)], {
      cwd: root,
      env: { ...process.env, DR_HTTP_PORT: '0', ...asDeployed, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...ordinaryUser(),
    });
    const service = new ServiceProcess(name, child);
    try {
      await service.ready();
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  /** The most memory is counted from now on. */
  forgetPeak(): void {
    writeFileSync(`/proc/${this.child.pid ?? 0}/clear_refs`, '5');
  }

  /** The most memory that it had resident, as the kernel keeps count; programs that it starts have their own. */
  get peakMemoryMiB(): number {
    const status = readFileSync(`/proc/${this.child.pid ?? 0}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/mu.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  private async ready(): Promise<void> {
    const deadline = AbortSignal.timeout(startTimeoutMs);
    while (!this.output.includes('service is ready')) {
      if (this.child.exitCode !== null || deadline.aborted) {
        throw new DrError('COMMAND_FAILED', `${this.name} does not start`, {
          details: [{ path: this.name, problem: this.output }],
        });
      }
      await Promise.race([
        once(this.child.stdout ?? this.child, 'data', { signal: deadline }),
        once(this.child, 'exit', { signal: deadline }),
      ]).catch(() => undefined);
    }
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrError } from '@novacron/contracts';
import { ordinaryUser } from '@novacron/drivers/testing';

const root = resolve(import.meta.dirname, '../../..');
const startTimeoutMs = 60_000;

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
      // As deployed.
      env: { ...process.env, DR_HTTP_PORT: '0', MALLOC_ARENA_MAX: '2', ...environment },
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

  /** The most memory that it ever had resident, as the kernel keeps count. */
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

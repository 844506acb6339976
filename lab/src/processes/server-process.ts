import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import { killTrees, signal } from './process-tree.js';

export interface ServerSpec {
  /** Such as `postgres-primary`; for messages and the log. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Beyond PATH and LANG, which is all that a server inherits. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Gives way to those that customers wait for (`nice`, default 0). */
  readonly niceness?: number;
}

/** What is put before a program's command line so that the kernel kills it when the lab's process dies, however it dies. */
export const diesWithItsStarter = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;

export const serverEnvironment = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LANG: 'C.UTF-8',
});

/** One server program in a process group of its own: a Ctrl-C in the terminal reaches the lab, which ends its servers in order. */
export class ServerProcess {
  readonly exited: Promise<void>;

  private constructor(
    readonly spec: ServerSpec,
    private readonly child: ChildProcess,
  ) {
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Resolves when the program runs, which is not yet that it answers. Throws PROGRAM_MISSING. */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    const log = await open(spec.logFile, 'a', 0o600);
    try {
      const [setpriv, ...options] = diesWithItsStarter;
      const nice = spec.niceness === undefined ? [] : ['nice', '-n', String(spec.niceness)];
      const child = spawn(setpriv, [...options, ...nice, spec.program, ...spec.args], {
        cwd: spec.cwd,
        env: { ...serverEnvironment(), ...spec.env },
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      });
      const server = new ServerProcess(spec, child);
      await once(child, 'spawn');
      return server;
    } catch (cause) {
      throw new DrError('PROGRAM_MISSING', `cannot run ${spec.program} for ${spec.name}`, { cause });
    } finally {
      await log.close();
    }
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    if (this.running) signal(this.pid, name);
  }

  /** `kill -9` of the program and all it started; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.running) await killTrees([this.pid]);
    await this.exited;
  }

  /** Asks with `ask`, kills what is still there after `graceMs`; resolves when it is gone. */
  async stop(ask: NodeJS.Signals, graceMs: number): Promise<void> {
    this.signal(ask);
    await Promise.race([this.exited, delay(graceMs, undefined, { ref: false })]);
    await this.kill();
  }

  /**
   * Polls `probe` until it is true. Throws COMMAND_FAILED when the program ends before, TIMEOUT after `timeoutMs`; both
   * with the end of its log.
   */
  async ready(probe: () => Promise<boolean>, timeoutMs = 20_000, signal?: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      if (!this.running) throw await this.failure('COMMAND_FAILED', 'ended while starting');
      if (await probe().catch(() => false)) return;
      if (performance.now() > deadline) throw await this.failure('TIMEOUT', `does not answer after ${timeoutMs} ms`);
      await delay(50);
    }
  }

  private async failure(code: 'COMMAND_FAILED' | 'TIMEOUT', what: string): Promise<DrError> {
    const { name, logFile } = this.spec;
    const log = await readFile(logFile, 'utf8').catch(() => '');
    const details = [{ path: logFile, problem: log.trimEnd().split('\n').slice(-4).join('\n') }];
    return new DrError(code, `${name} ${what}`, { details, hint: `see ${logFile}` });
  }
}

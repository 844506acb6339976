import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../dist/main.js');

export interface SupervisedServiceOptions {
  readonly estateFile: string;
  readonly natsUrl: string;
  /** What the process writes is appended to it. */
  readonly logFile: string;
  readonly instance?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A program and its arguments that end by running what follows them. */
  readonly within?: readonly string[];
}

/** The built backup service as a process that is back at once when it dies, as in production. */
export class SupervisedService {
  private child: ChildProcess | undefined;
  private leaving = false;

  constructor(private readonly options: SupervisedServiceOptions) {
    this.begin();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** `kill -9`: nothing of it is told, and another takes its place. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** It keeps its connections and does nothing. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** What it and those before it have written: lines of JSON. */
  get log(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  /** Ends it, whatever state it is in, and does not bring it back. */
  async stop(): Promise<void> {
    this.leaving = true;
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await exited;
  }

  private begin(): void {
    const { estateFile, natsUrl, logFile, instance = 'one', environment = {}, within = [] } = this.options;
    const log = openSync(logFile, 'a');
    const own = { DR_ESTATE: estateFile, DR_NATS_URL: natsUrl, DR_SERVICE_INSTANCE: instance, DR_HTTP_PORT: '0' };
    const [command, ...args] = [...within, process.execPath, program];
    this.child = spawn(command, args, {
      env: { ...process.env, ...own, ...environment },
      stdio: ['ignore', log, log],
    });
    this.child.once('exit', () => {
      if (!this.leaving) this.begin();
    });
  }
}

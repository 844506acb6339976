import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program of a test that is killed, stopped, and started again as it was. */
export class Server {
  private child: ChildProcess | undefined;
  private said = '';

  constructor(
    private readonly program: string,
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** Everything that it printed since its start. */
  get output(): string {
    return this.said;
  }

  get ended(): boolean {
    return this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async start(): Promise<this> {
    const child = spawn(this.program, this.args, {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.said = '';
    running.add(child);
    child.once('exit', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.said = (this.said + text).slice(-100_000)));
    await once(child, 'spawn');
    return this;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.ended || this.child === undefined) return;
    this.child.kill('SIGKILL');
    if (!this.ended) await once(this.child, 'exit');
  }
}

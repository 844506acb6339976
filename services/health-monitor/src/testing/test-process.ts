import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What still runs when the tests end is ended with them. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program that a test starts, stops, freezes and kills. */
export class TestProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: string[],
  ) {}

  static async start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TestProcess> {
    const lines: string[] = [];
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    }
    await once(child, 'spawn');
    return new TestProcess(child, lines);
  }

  /** Everything printed so far. */
  get output(): readonly string[] {
    return this.lines;
  }

  /** Resolved once it has printed the words. @throws with what it printed when it ends before. */
  async says(words: string, timeoutMs = 90_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!this.lines.some((line) => line.includes(words))) {
      if (this.child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`never said "${words}":\n${this.lines.join('\n')}`);
      }
      await sleep(20);
    }
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** The exit code, once it ends; undefined when a signal ended it. */
  async ended(): Promise<number | undefined> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode ?? undefined;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    this.child.kill('SIGCONT');
    await this.ended();
  }
}

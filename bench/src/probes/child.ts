import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Ended with us, also when the benchmark fails. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process that is measured from outside. */
export class Child {
  private constructor(
    private readonly child: ChildProcess,
    private readonly said: string[],
  ) {}

  static async start(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Child> {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said.push(text);
        if (said.length > 200) said.shift();
      });
    await once(child, 'spawn');
    return new Child(child, said);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** What it printed last; for what it died of. */
  get output(): string {
    return this.said.join('');
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Processor time used so far, by all of its threads. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // utime and stime, in ticks of a hundredth of a second on every Linux we run on.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** The most memory it ever had, bytes. */
  peakResidentBytes(): number {
    const kib = /^VmHWM:\s+(?<kib>\d+) kB$/mu.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.groups?.['kib'];
    return Number(kib) * 1_024;
  }

  async kill(): Promise<void> {
    if (this.ended) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

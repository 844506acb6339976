import { runCommand } from '@novacron/drivers';
import type { Probe } from './probe.js';

/** A program of the estate's own ends with exit code 0. It runs in the estate file's folder, without a shell. */
export class CommandProbe implements Probe {
  constructor(
    private readonly command: readonly string[],
    private readonly folder: string,
    private readonly timeoutMs: number,
  ) {}

  async probe(signal: AbortSignal): Promise<void> {
    const [program = '', ...args] = this.command;
    await runCommand({ program, args, cwd: this.folder, timeoutMs: this.timeoutMs, signal, maxOutputBytes: 16 * 1024 });
  }
}

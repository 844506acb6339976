import { stat } from 'node:fs/promises';
import { DrError } from '@novacron/contracts';
import type { Finding, Probe } from '../checks/probe.js';

/** A file is rewritten often enough: the last run of a batch that leaves one behind. */
export class FileAgeProbe implements Probe {
  constructor(
    private readonly path: string,
    private readonly maxAgeMs: number,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async probe(): Promise<Finding | void> {
    const { mtimeMs, size } = await stat(this.path);
    const ageMs = Math.round(this.nowMs() - mtimeMs);
    if (ageMs > this.maxAgeMs) throw new DrError('VERIFY_FAILED', `${this.path} is ${ageMs} ms old`);
    if (size === 0) return { degraded: `${this.path} is empty` };
  }
}

import { DrError } from '@novacron/contracts';
import { httpRequest } from '@novacron/drivers';
import type { Probe } from './probe.js';

/** A GET on a fresh connection is answered whole, with a status of 2xx. */
export class HttpProbe implements Probe {
  constructor(
    private readonly url: string,
    private readonly timeoutMs: number,
  ) {}

  async probe(signal: AbortSignal): Promise<void> {
    const answer = await httpRequest({ url: this.url, timeoutMs: this.timeoutMs, signal });
    if (answer.status >= 200 && answer.status < 300) return;
    throw new DrError('VERIFY_FAILED', `${new URL(this.url).host} answered with status ${answer.status}`);
  }
}

import { createWriteStream, type WriteStream } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Acknowledged, type Silence, silenceAround } from './silence.js';

export interface LoadClientOptions {
  /** The router's HTTP address. */
  readonly url: string;
  /** One row each so many milliseconds, over all writers. */
  readonly everyMs: number;
  readonly writers?: number;
  readonly timeoutMs?: number;
  /** Gets `n time` for every acknowledged row. */
  readonly file: string;
}

/**
 * The estate's customers: they write numbered rows through the router, each number once, and remember which of them were
 * acknowledged. They belong to no site, and nobody tells them what goes on.
 */
export class LoadClient {
  private readonly rows: Acknowledged[] = [];
  private nextNumber = 1;
  private failures = 0;
  private ending?: AbortController;
  private working: Promise<unknown> = Promise.resolve();
  private readonly agent: Agent;
  private readonly writers: number;
  private log?: WriteStream;

  constructor(private readonly options: LoadClientOptions) {
    this.writers = options.writers ?? 4;
    this.agent = new Agent({ keepAlive: true, maxSockets: this.writers });
  }

  start(): void {
    if (this.ending !== undefined) return;
    const { signal } = (this.ending = new AbortController());
    this.log = createWriteStream(this.options.file, { flags: 'a' });
    this.working = Promise.all(Array.from({ length: this.writers }, (_, index) => this.write(index, signal)));
  }

  /** Resolves when no write is under way any more. */
  async stop(): Promise<void> {
    this.ending?.abort();
    this.ending = undefined;
    await this.working;
    this.agent.destroy();
    await new Promise<void>((resolve) => (this.log === undefined ? resolve() : this.log.end(resolve)));
  }

  /** Rows that the application said are safe, by the time we heard it (milliseconds since 1970). */
  acknowledged(): readonly Acknowledged[] {
    return this.rows;
  }

  get failed(): number {
    return this.failures;
  }

  /** The silence that began around `time`; undefined until it is over. */
  gapAround(time: number): Silence | undefined {
    return silenceAround(this.rows, time, Date.now());
  }

  private async write(index: number, signal: AbortSignal): Promise<void> {
    const everyMs = this.options.everyMs * this.writers;
    for (let due = performance.now() + index * this.options.everyMs; !signal.aborted;) {
      await delay(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // A writer that was held up does not make up for it.
      due = Math.max(due + everyMs, performance.now());
      const n = this.nextNumber++;
      if (!(await this.post(n))) {
        this.failures += 1;
        continue;
      }
      const row = { n, at: Date.now() };
      this.rows.push(row);
      this.log?.write(`${n} ${new Date(row.at).toISOString()}\n`);
    }
  }

  /** True only when the application said that the row is committed. */
  private post(n: number): Promise<boolean> {
    const body = JSON.stringify({ n });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(this.options.timeoutMs ?? 1_000);
      const sent = request(`${this.options.url}/rows`, { method: 'POST', agent: this.agent, headers, signal });
      sent.once('error', () => resolve(false));
      sent.once('response', (response) => {
        response.resume();
        response.once('error', () => resolve(false));
        response.once('end', () => resolve(response.statusCode === 201));
      });
      sent.end(body);
    });
  }
}

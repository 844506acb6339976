import pg from 'pg';
import { type Acknowledged, type Silence, silenceAround } from './silence.js';

export interface SqlCustomerOptions {
  /** The router's PostgreSQL address, with a table `app.rows (n bigint primary key, site text)` behind it. */
  readonly url: string;
  readonly everyMs: number;
  /** How many writes may be under way at once; while all are, a turn is left out (default 4). */
  readonly connections?: number;
  readonly timeoutMs?: number;
}

/** A connection of the customer's; opened when there is something to write, and thrown away when it fails. */
interface Slot {
  client?: pg.Client | undefined;
  busy: boolean;
}

/**
 * A customer who speaks SQL through the router: one numbered row every so many milliseconds, each number once. Remembers
 * which were acknowledged, and knows of no site.
 */
export class SqlCustomer {
  private readonly rows: Acknowledged[] = [];
  private readonly slots: Slot[];
  private readonly underWay = new Set<Promise<void>>();
  private nextNumber = 1;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SqlCustomerOptions) {
    this.slots = Array.from({ length: options.connections ?? 4 }, () => ({ busy: false }));
  }

  start(): void {
    this.timer ??= setInterval(() => this.turn(), this.options.everyMs);
  }

  /** Resolves when no write is under way any more and every connection is closed. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await Promise.all(this.underWay);
    for (const slot of this.slots) this.close(slot);
  }

  /** The rows that the database said are safe, by the time we heard it (milliseconds since 1970). */
  acknowledged(): readonly Acknowledged[] {
    return this.rows;
  }

  /** The silence that began around `time`; undefined until it is over. */
  gapAround(time: number): Silence | undefined {
    return silenceAround(this.rows, time, Date.now());
  }

  private turn(): void {
    const slot = this.slots.find(({ busy }) => !busy);
    if (slot === undefined) return;
    slot.busy = true;
    const writing = this.write(slot, this.nextNumber++).finally(() => {
      slot.busy = false;
      this.underWay.delete(writing);
    });
    this.underWay.add(writing);
  }

  private async write(slot: Slot, n: number): Promise<void> {
    try {
      slot.client ??= await this.connect();
      await slot.client.query('insert into app.rows (n, site) values ($1, $2)', [n, 'sql']);
      this.rows.push({ n, at: Date.now() });
    } catch {
      this.close(slot);
    }
  }

  private async connect(): Promise<pg.Client> {
    const timeoutMs = this.options.timeoutMs ?? 1_000;
    const client = new pg.Client({
      connectionString: this.options.url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      application_name: 'customer',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  private close(slot: Slot): void {
    void slot.client?.end().catch(() => undefined);
    slot.client = undefined;
  }
}

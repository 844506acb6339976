import { type Acknowledged, type Silence, silenceAround } from './silence.js';
import { SqlConnection } from './sql-connection.js';

export interface SqlCustomerOptions {
  /** The router's PostgreSQL address, with a table `app.rows (n bigint primary key, site text)` behind it. */
  readonly url: string;
  readonly everyMs: number;
  /** How many writes may be under way at once; while all are, a turn is left out (default 4). */
  readonly connections?: number;
  readonly timeoutMs?: number;
}

interface Slot {
  readonly connection: SqlConnection;
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
    const { url, timeoutMs, connections = 4 } = options;
    this.slots = Array.from({ length: connections }, () => ({
      // As pools of connections do: a server that is not open to writes yet would have no time for a login at each try.
      connection: new SqlConnection({ url, name: 'customer', timeoutMs, keepWhenRefused: true }),
      busy: false,
    }));
  }

  start(): void {
    this.timer ??= setInterval(() => this.turn(), this.options.everyMs);
  }

  /** Resolves when no write is under way any more and every connection is closed. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await Promise.all(this.underWay);
    for (const { connection } of this.slots) connection.close();
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

  private async write({ connection }: Slot, n: number): Promise<void> {
    try {
      await connection.query('insert into app.rows (n, site) values ($1, $2)', [n, 'sql']);
      this.rows.push({ n, at: Date.now() });
    } catch {
      // A number that was not acknowledged is never used again.
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

export interface WatchedMember {
  readonly site: string;
  readonly url: string;
}

/** A moment at which more than one member took writes. */
export interface SplitBrain {
  readonly at: number;
  readonly sites: readonly string[];
}

/**
 * A witness that belongs to nobody: it asks every database, again and again and around the router, whether it would take a
 * write, by taking one. Two that did within one look are a split brain, whatever any service says.
 */
export class PrimariesWatch {
  readonly splitBrains: SplitBrain[] = [];
  looks = 0;
  private stopped = false;
  private readonly members: readonly Member[];
  private readonly loop: Promise<void>;

  constructor(
    members: readonly WatchedMember[],
    private readonly everyMs = 250,
  ) {
    this.members = members.map((member) => new Member(member));
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
    await Promise.all(this.members.map((member) => member.close()));
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const started = Date.now();
      const writable = await Promise.all(this.members.map((member) => member.takesWrites()));
      const sites = this.members.filter((_, i) => writable[i] === true).map((member) => member.site);
      this.looks += 1;
      if (sites.length > 1) this.splitBrains.push({ at: started, sites });
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.everyMs - (Date.now() - started))));
    }
  }
}

/** How long a look waits for one server. */
const lookMs = 400;
/** A login that takes longer than a look is not begun anew by the next: that would be one more that the server has to answer. */
const loginMs = 5_000;
/** What a standby answers to whoever asks for a transaction's id. */
const readOnly = '25006';

/**
 * One server, on a connection that is kept while it serves: the witness looks several times a second, and must not be what the
 * servers are busy with.
 */
class Member {
  private client: pg.Client | undefined;
  private connecting: Promise<void> | undefined;
  private asking = false;

  constructor(private readonly member: WatchedMember) {}

  get site(): string {
    return this.member.site;
  }

  /** True when a transaction with an assigned id can be had: a standby refuses that, and nothing is left behind by it. */
  async takesWrites(): Promise<boolean> {
    const late = delay(lookMs, false, { ref: false });
    return Promise.race([this.ask(), late]);
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async ask(): Promise<boolean> {
    if (this.asking) return false;
    this.asking = true;
    try {
      this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
      await this.connecting;
      await this.client?.query('begin; select pg_current_xact_id(); rollback');
      return this.client !== undefined;
    } catch (error) {
      const ended = (error as { code?: string }).code === readOnly ? this.client?.query('rollback') : undefined;
      await ended?.catch(() => this.close());
      if (ended === undefined) void this.close();
      return false;
    } finally {
      this.asking = false;
    }
  }

  private async connect(): Promise<void> {
    if (this.client !== undefined) return;
    const client = new pg.Client({
      connectionString: this.member.url,
      connectionTimeoutMillis: loginMs,
      query_timeout: loginMs,
      application_name: 'drill-witness',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      this.client = client;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }
}

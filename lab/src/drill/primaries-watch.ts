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

/**
 * One server, on a connection that is kept while it serves: the witness looks several times a second, and must not be what the
 * servers are busy with.
 */
class Member {
  private client: pg.Client | undefined;

  constructor(private readonly member: WatchedMember) {}

  get site(): string {
    return this.member.site;
  }

  /** True when a transaction with an assigned id can be had: a standby refuses that, and nothing is left behind by it. */
  async takesWrites(): Promise<boolean> {
    try {
      this.client ??= await connected(this.member.url);
      await this.client.query('begin');
      await this.client.query('select pg_current_xact_id()');
      await this.client.query('rollback');
      return true;
    } catch (error) {
      // A standby says so, and is asked on the same connection again.
      if ((error as { code?: string }).code === readOnly) await this.client?.query('rollback').catch(() => undefined);
      else await this.close();
      return false;
    }
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}

/** What a standby answers to whoever asks for a transaction's id, and a server that is closed to writes. */
const readOnly = '25006';

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 400,
    query_timeout: 400,
    application_name: 'drill-witness',
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

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
  private readonly loop: Promise<void>;

  constructor(
    private readonly members: readonly WatchedMember[],
    private readonly everyMs = 250,
  ) {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const started = Date.now();
      const writable = await Promise.all(this.members.map((member) => takesWrites(member.url)));
      const sites = this.members.filter((_, i) => writable[i] === true).map((member) => member.site);
      this.looks += 1;
      if (sites.length > 1) this.splitBrains.push({ at: started, sites });
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.everyMs - (Date.now() - started))));
    }
  }
}

/** True when a transaction with an assigned id can be had: a standby refuses that, and nothing is left behind by it. */
async function takesWrites(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 400,
    query_timeout: 400,
    application_name: 'drill-witness',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    await client.query('rollback');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

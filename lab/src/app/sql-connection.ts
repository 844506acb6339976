import pg from 'pg';

export interface SqlConnectionOptions {
  readonly url: string;
  /** What the server calls it, `application_name`. */
  readonly name: string;
  /** For connecting, and for each statement (default 1000). */
  readonly timeoutMs?: number | undefined;
  /**
   * Keeps a connection over which the server refused a statement, as a standby does each write, for 25 refusals in a row: it may
   * lead to the wrong server (default false).
   */
  readonly keepWhenRefused?: boolean;
}

/** What an error ends when PostgreSQL says so: the statement; FATAL and PANIC end the session. */
const endsStatementOnly = 'ERROR';
const mostRefusals = 25;

/** A connection as customers have it: opened when there is something to say, thrown away when that fails. */
export class SqlConnection {
  private client: pg.Client | undefined;
  private refusals = 0;

  constructor(private readonly options: SqlConnectionOptions) {}

  /** Throws what the database said or the way there did; the next call begins anew, unless refused statements keep it. */
  async query<T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    try {
      this.client ??= await connected(this.options);
      const { rows } = await this.client.query<T>(sql, [...values]);
      this.refusals = 0;
      return rows;
    } catch (error) {
      if (!this.isKept(error)) this.close();
      throw error;
    }
  }

  private isKept(error: unknown): boolean {
    const refused = error instanceof pg.DatabaseError && error.severity === endsStatementOnly;
    return refused && this.options.keepWhenRefused === true && ++this.refusals < mostRefusals;
  }

  close(): void {
    this.refusals = 0;
    void this.client?.end().catch(() => undefined);
    this.client = undefined;
  }
}

async function connected({ url, name, timeoutMs = 1_000 }: SqlConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: name,
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

import type { PostgresMember } from '@novacron/drivers';
import pg from 'pg';
import { DrError } from '@novacron/contracts';

/** What a report has room for: the journal keeps it. */
const maxRows = 100;
const maxBytes = 64 * 1024;

/** node-postgres knows the mode; its types do not. */
type OneStatement = pg.QueryConfig & { readonly queryMode: 'extended' };

export interface Answer {
  readonly rows: readonly Record<string, unknown>[];
  readonly rowCount: number;
}

/**
 * One statement of a user, in a transaction that may not write and is rolled back. The extended protocol takes exactly one
 * statement, so that none can end the transaction. The first rows come back, as many as a report has room for.
 * @throws DrError COMMAND_FAILED with the server's words.
 */
export async function readOnlyQuery(member: PostgresMember, sql: string, timeoutMs: number): Promise<Answer> {
  const { host, port, user, password, database } = member.options;
  const client = new pg.Client({ host, port, user, password, database, statement_timeout: timeoutMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin transaction read only');
    const one: OneStatement = { text: sql, queryMode: 'extended' };
    const { rows } = await client.query<Record<string, unknown>>(one);
    return { rows: fitting(rows), rowCount: rows.length };
  } catch (error) {
    throw new DrError('COMMAND_FAILED', 'the restored database does not answer the query', {
      retryable: false,
      hint: 'correct the query: it is one statement that only reads',
      details: [{ path: 'query', problem: error instanceof Error ? error.message : String(error) }],
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function fitting(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  let bytes = 0;
  const first = rows.slice(0, maxRows).map((row) => JSON.parse(JSON.stringify(row)) as Record<string, unknown>);
  return first.filter((row) => (bytes += JSON.stringify(row).length) <= maxBytes);
}

import pg from 'pg';
import type { Lab } from '../lab.js';

/** Asks one site's database directly, around the router. */
export async function querySite<T extends object>(
  lab: Lab,
  site: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const url = lab.file().sites[site]?.postgres?.url;
  if (url === undefined) throw new Error(`site ${site} has no database`);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2000,
    query_timeout: 10_000,
    application_name: 'drill',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const result = await client.query<T>(sql, [...values]);
    return result.rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Polls until the condition gives a value. @throws Error naming what was waited for, after the deadline. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T | undefined>,
  everyMs = 100,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition().catch(() => undefined);
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${Math.round(timeoutMs / 1000)} s`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

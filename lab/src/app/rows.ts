import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { AppConfig } from './app-config.js';

const connectTimeoutMs = 2_000;
const answerTimeoutMs = 800;
const retryEveryMs = 20;
/** A try that took as long was not answered: a server that has no time for a login must not be asked for the next one at once. */
const [unansweredMs, retryUnansweredMs] = [500, 250];
/** That often a connection is told that nothing may be written there before it is thrown away: it may lead to the wrong server. */
const mostRefusals = 25;
const readOnly = '25006';
const refusals = new WeakMap<pg.PoolClient, number>();

/** Connections to wherever the primary is now. A broken one is thrown away and never delays another. */
export function connectToPrimary(config: AppConfig, name: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    host: '127.0.0.1',
    port: config.database.port,
    user: 'app',
    password: config.database.password,
    database: 'novacron',
    application_name: `${name}-${config.site}`,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    // On our side only: a statement timeout on the server would end the wait for the synchronous standby, and answer
    // a commit that is on one disk alone as if it were safe.
    query_timeout: answerTimeoutMs,
    keepAlive: true,
  });
  pool.on('error', () => undefined);
  return pool;
}

/**
 * Runs an insert that is safe to repeat, at most until `deadline` (by `performance.now()`) or as long as it is `wanted`, and
 * resolves only when its commit was answered without a warning: PostgreSQL answers a commit whose synchronous wait was cut short
 * with one.
 */
export async function commitUntil(
  pool: pg.Pool,
  deadline: number,
  sql: string,
  values: readonly unknown[],
  wanted: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  for (;;) {
    const startedMs = performance.now();
    try {
      await commitOnce(pool, sql, values);
      return;
    } catch (error) {
      const isUnanswered = performance.now() - startedMs >= unansweredMs;
      const pauseMs = isUnanswered ? retryUnansweredMs : retryEveryMs;
      if (performance.now() + pauseMs >= deadline || !(await wanted())) throw error;
      await delay(pauseMs);
    }
  }
}

async function commitOnce(pool: pg.Pool, sql: string, values: readonly unknown[]): Promise<void> {
  const client = await pool.connect();
  const warnings: string[] = [];
  const warn = (notice: { message?: string }): void => void warnings.push(notice.message ?? 'warning');
  const broken = (): void => undefined;
  client.on('notice', warn).on('error', broken);
  let failure: Error | undefined;
  try {
    await client.query(sql, [...values]);
    if (warnings.length > 0) throw new Error(warnings.join('; '));
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw failure;
  } finally {
    client.off('notice', warn).off('error', broken);
    client.release(isUsable(client, failure) ? undefined : failure);
  }
}

/** A server that is not open to writes yet may be in a moment, on the same connection: a new one each time would keep it busy. */
function isUsable(client: pg.PoolClient, failure: (Error & { code?: string }) | undefined): boolean {
  const count = failure === undefined ? 0 : (refusals.get(client) ?? 0) + 1;
  refusals.set(client, count);
  return failure === undefined || (failure.code === readOnly && count < mostRefusals);
}

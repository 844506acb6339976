import { DrError } from '@novacron/contracts';
import pg from 'pg';
import { keep, stillAnswers, takeKept } from './kept-connections.js';
import { socketOf } from './socket.js';

/** How a server is reached. The password is never shown: it goes to the server by the protocol, to programs by environment. */
export interface PostgresAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Shown in the server's activity view (default `novacron-dr`). */
  readonly applicationName?: string;
  /** The server refuses everything that writes, until a statement says otherwise. */
  readonly readOnly?: boolean;
  /** Verify the server's certificate and encrypt (default off: private links and loopback). */
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
  /**
   * How long a connection that served a call is kept for the next one, milliseconds (default: not at all). It is asked
   * something before it is trusted again. For who makes many calls while others wait.
   */
  readonly keepMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The whole call, connecting included. */
  readonly timeoutMs?: number | undefined;
}

export type Row = Record<string, unknown>;
export type Query = <R extends Row>(sql: string, values?: readonly unknown[]) => Promise<R[]>;

export const defaultTimeoutMs = 5_000;

/**
 * Hands a connection to `work`, and closes it unless it is to be kept: a new one, or a kept one that answered just now. Every call
 * proves that the server answers. When the time is over or the signal fires, the socket is destroyed; a statement may
 * still end on the server. Errors are DrError, see `postgresError`.
 */
export async function withConnection<T>(
  access: PostgresAccess,
  { signal, timeoutMs = defaultTimeoutMs }: CallOptions,
  work: (query: Query, client: pg.Client) => Promise<T>,
): Promise<T> {
  const where = `${access.host}:${access.port}`;
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  if (limit.aborted)
    throw new DrError('TIMEOUT', `the call to PostgreSQL at ${where} was aborted`, { cause: limit.reason });
  const kept = takeKept(access);
  let client = kept ?? newClient(access, timeoutMs);
  let abandon: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    abandon = () => {
      const what = signal?.aborted
        ? 'gave no answer before the call was aborted'
        : `gave no answer within ${timeoutMs} ms`;
      reject(new DrError('TIMEOUT', `PostgreSQL at ${where} ${what}`, { cause: limit.reason }));
      socketOf(client)?.destroy();
    };
    limit.addEventListener('abort', abandon, { once: true });
  });
  const query: Query = async <R extends Row>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<R>(sql, [...values])).rows;
  const attempt = async () => {
    if (kept === undefined || !(await stillAnswers(kept, timeoutMs))) {
      if (kept !== undefined) {
        socketOf(kept)?.destroy();
        limit.throwIfAborted();
        client = newClient(access, timeoutMs);
      }
      await client.connect();
    }
    return work(query, client);
  };
  const running = attempt();
  running.catch(() => undefined);
  let worked = false;
  try {
    const result = await Promise.race([running, interrupted]);
    worked = true;
    return result;
  } catch (error) {
    throw postgresError(error, where);
  } finally {
    if (abandon) limit.removeEventListener('abort', abandon);
    if (!worked || !keep(access, client)) void client.end().catch(() => undefined);
  }
}

function newClient(access: PostgresAccess, timeoutMs: number): pg.Client {
  const client = new pg.Client({
    host: access.host,
    port: access.port,
    user: access.user,
    password: access.password,
    database: access.database,
    application_name: access.applicationName ?? 'novacron-dr',
    ...(access.readOnly === true ? { options: '-c default_transaction_read_only=on' } : {}),
    ...(access.tls === undefined ? {} : { ssl: access.tls }),
    // What the server still does after we gave up must end by itself.
    statement_timeout: timeoutMs,
  });
  // Without a listener a connection that breaks while idle would end the process.
  client.on('error', () => undefined);
  return client;
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'EAI_AGAIN',
]);
/** Classes and codes of SQLSTATE that say "not now": connection exceptions, and a server that starts, stops or is full. */
const notNow = /^(08...|57P0[123]|53300)$/;

/** UNREACHABLE (retryable) when the server is not there or not ready, TIMEOUT for a cancelled statement, else COMMAND_FAILED. */
export function postgresError(error: unknown, where: string): DrError {
  if (DrError.is(error)) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  if (unreachableCodes.has(code) || notNow.test(code) || /Connection terminated/.test(message)) {
    return new DrError('UNREACHABLE', `PostgreSQL at ${where} cannot be reached: ${message || code}`, { cause: error });
  }
  if (code === '57014') return new DrError('TIMEOUT', `PostgreSQL at ${where} cancelled a statement`, { cause: error });
  if (code.startsWith('28')) {
    return new DrError('COMMAND_FAILED', `PostgreSQL at ${where} refused the login: ${message}`, {
      hint: 'check the user, its password and pg_hba.conf',
      retryable: false,
      cause: error,
    });
  }
  return new DrError('COMMAND_FAILED', `PostgreSQL at ${where}: ${message}`, { retryable: false, cause: error });
}

import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';

/** What the checks of PostgreSQL need of a server. */
export type QueriedPostgres = Pick<PostgresMember, 'query'>;

/**
 * Runs one statement. @throws DrError INVALID_CONFIG where the server refuses our login (SQLSTATE class
 * 28) or our rights (42501): it is up, and it is our account that is wrong. Else what the driver throws.
 */
export async function ask<R extends Record<string, unknown>>(
  member: QueriedPostgres,
  sql: string,
  values: readonly unknown[],
  call: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<R[]> {
  try {
    return await member.query<R>(sql, values, call);
  } catch (error) {
    const state = sqlState(error);
    if (state.startsWith('28') || state === '42501')
      throw new DrError('INVALID_CONFIG', DrError.from(error).message, { cause: error });
    throw error;
  }
}

/** PostgreSQL's own code for an error; empty where it is none of PostgreSQL's. */
export function sqlState(error: unknown): string {
  const { code } = (DrError.from(error).cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

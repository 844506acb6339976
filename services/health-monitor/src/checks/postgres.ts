import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';
import type { Probe } from './probe.js';

/**
 * PostgreSQL takes our login, knows whether it is primary or standby, and reads a table. A primary and a standby are both
 * well: which of them a site should have is not this check's question.
 */
export class PostgresProbe implements Probe {
  constructor(
    private readonly member: () => Promise<Pick<PostgresMember, 'query'>>,
    private readonly timeoutMs: number,
  ) {}

  async probe(signal: AbortSignal): Promise<void> {
    const member = await this.member();
    const rows = await member
      .query<{ standby: boolean | null; databases: number }>(
        'select pg_is_in_recovery() as standby, (select count(*)::int from pg_database) as databases',
        [],
        { signal, timeoutMs: this.timeoutMs },
      )
      .catch((error: unknown) => {
        throw loginRefused(error)
          ? new DrError('INVALID_CONFIG', DrError.from(error).message, { cause: error })
          : error;
      });
    if (typeof rows[0]?.standby !== 'boolean' || rows[0].databases < 1) {
      throw new DrError('VERIFY_FAILED', 'PostgreSQL answered without its role or its databases');
    }
  }
}

/** A server that refuses our login is up, and it is our login that is wrong: SQLSTATE class 28. */
function loginRefused(error: unknown): boolean {
  const cause = DrError.from(error).cause as { code?: unknown } | undefined;
  return typeof cause?.code === 'string' && cause.code.startsWith('28');
}

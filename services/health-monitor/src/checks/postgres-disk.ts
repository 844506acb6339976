import { DrError } from '@novacron/contracts';
import { ask, type QueriedPostgres, sqlState } from './postgres-access.js';
import type { Finding, Probe } from './probe.js';

export interface DiskExpectation {
  readonly timeoutMs: number;
  readonly capacityBytes: number;
  /** Degraded above this share of the capacity. */
  readonly maxUsed: number;
}

/** What every version and every managed service tells, on a standby too: databases and WAL. */
const usedSql = `
  select ((select coalesce(sum(pg_database_size(oid)), 0) from pg_database)
    + (select coalesce(sum(size), 0) from pg_ls_waldir()))::float8 as used`;

/** More than fits into its memory, so that it must write to its disk; a standby may do that too. */
const spillSql = `set work_mem = '64kB';
  select count(*) from (select md5(i::text) from generate_series(1, 10000) i order by 1 offset 0) spilled`;

const diskFull = '53100';

/** The database can still write files, and does not fill its disk by more than it should. */
export class PostgresDiskProbe implements Probe {
  constructor(
    private readonly member: (signal: AbortSignal) => Promise<QueriedPostgres>,
    private readonly expected: DiskExpectation,
  ) {}

  async probe(signal: AbortSignal): Promise<Finding | void> {
    const { timeoutMs, capacityBytes, maxUsed } = this.expected;
    const call = { signal, timeoutMs };
    const member = await this.member(signal);
    await ask(member, spillSql, [], call).catch((error: unknown) => {
      if (sqlState(error) !== diskFull) throw error;
      throw new DrError('VERIFY_FAILED', 'its disk is full', { cause: error });
    });
    const [row] = await ask<{ used: number }>(member, usedSql, [], call);
    const share = (row?.used ?? 0) / capacityBytes;
    if (share > maxUsed) {
      const percent = (part: number): string => `${Math.round(part * 100)} %`;
      return { degraded: `databases and WAL fill ${percent(share)} of the capacity, more than ${percent(maxUsed)}` };
    }
  }
}

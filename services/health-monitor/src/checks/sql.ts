import { DrError } from '@novacron/contracts';
import { ask, type QueriedPostgres } from './postgres-access.js';
import type { Probe } from './probe.js';

/** A statement of the estate's own gives what is expected. It begins in a transaction that only reads, which keeps a slip from writing. */
export class SqlProbe implements Probe {
  constructor(
    private readonly member: (signal: AbortSignal) => Promise<QueriedPostgres>,
    private readonly sql: string,
    private readonly expected: string | undefined,
    private readonly timeoutMs: number,
  ) {}

  async probe(signal: AbortSignal): Promise<void> {
    const rows = await ask(await this.member(signal), this.sql, [], { signal, timeoutMs: this.timeoutMs });
    const problem = problemOf(rows[0], this.expected);
    if (problem !== undefined) throw new DrError('VERIFY_FAILED', problem);
  }
}

/** What is wrong with the first row; its values are not told, as they may be anybody's. */
export function problemOf(
  row: Readonly<Record<string, unknown>> | undefined,
  expected: string | undefined,
): string | undefined {
  if (row === undefined) return 'the statement gave no row';
  const value = Object.values(row)[0];
  if (expected !== undefined)
    return textOf(value) === expected ? undefined : 'the statement gave another value than expected';
  const isNothing = value === null || value === undefined || value === false || value === 0 || value === '0';
  return isNothing ? 'the statement gave nothing, false or 0' : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

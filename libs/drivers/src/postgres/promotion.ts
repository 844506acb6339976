import { DrError } from '@novacron/contracts';
import { pollUntil } from '../command/poll.js';
import type { Query } from './access.js';
import type { BranchPoint } from './ancestry.js';
import type { Lsn } from './lsn.js';
import { notInRecovery, readStatus } from './status.js';
import { readTimelineHistory } from './timeline-history.js';

export interface Promotion {
  /** False when the server was a primary already: then nothing was done. */
  readonly promoted: boolean;
  readonly timeline: number;
  /** Where the new timeline leaves the one before; undefined on the very first timeline. */
  readonly switchLsn?: Lsn;
  readonly previousTimeline?: number;
  readonly durationMs: number;
}

/** Recovery of an idle standby ends well within it. */
const askAgainMs = 45;
const lookEveryMs = 15;

/**
 * Ends recovery and returns when the server takes writes on a newer timeline, which the timeline's history file confirms.
 * pg_promote's own wait looks every 100 ms; this one more often, for a failover is made of such waits.
 */
export async function promote(
  query: Query,
  options: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Promotion> {
  const startedAt = performance.now();
  const before = await readStatus(query);
  if (before.inRecovery) {
    let askedAtMs = Number.NEGATIVE_INFINITY;
    const look = async (): Promise<true | undefined> => {
      if (!(await inRecovery(query))) return true;
      if (performance.now() - askedAtMs >= askAgainMs) {
        await ask(query);
        askedAtMs = performance.now();
      }
      return undefined;
    };
    await pollUntil('end of recovery', look, { ...options, everyMs: lookEveryMs });
  }
  const after = await readStatus(query);
  if (before.inRecovery && after.timeline <= before.timeline) {
    throw new DrError(
      'VERIFY_FAILED',
      `the server left recovery on timeline ${after.timeline}, not on a newer one than ${before.timeline}`,
    );
  }
  const branch = await readBranchPoint(query, after.timeline);
  return {
    promoted: before.inRecovery,
    timeline: after.timeline,
    ...(branch === undefined ? {} : { switchLsn: branch.switchLsn, previousTimeline: branch.timeline }),
    durationMs: performance.now() - startedAt,
  };
}

/**
 * Asked once, a standby that is just launching a receiver for the sender it has lost, as each reload makes it do, sees that it is
 * to be promoted, and then sleeps for what is left of wal_retrieve_retry_interval (5 s by default). Asked again, it wakes. A
 * request too many leaves a file that the server removes at its next start.
 */
async function ask(query: Query): Promise<void> {
  try {
    await query('select pg_promote(wait => false)');
  } catch (error) {
    if ((error as { code?: unknown }).code !== notInRecovery) throw error;
  }
}

async function inRecovery(query: Query): Promise<boolean> {
  const [row] = await query<{ value: boolean }>('select pg_is_in_recovery() as value');
  return row?.value ?? true;
}

async function readBranchPoint(query: Query, timeline: number): Promise<BranchPoint | undefined> {
  return (await readTimelineHistory(query, timeline)).at(-1);
}

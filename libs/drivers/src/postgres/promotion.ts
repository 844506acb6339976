import { DrError } from '@novacron/contracts';
import { pollUntil } from '../command/poll.js';
import type { Query } from './access.js';
import type { BranchPoint } from './ancestry.js';
import type { Lsn } from './lsn.js';
import { readStatus } from './status.js';
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
    await query('select pg_promote(wait => false)');
    await pollUntil('end of recovery', async () => ((await inRecovery(query)) ? undefined : true), {
      ...options,
      everyMs: 15,
    });
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

async function inRecovery(query: Query): Promise<boolean> {
  const [row] = await query<{ value: boolean }>('select pg_is_in_recovery() as value');
  return row?.value ?? true;
}

async function readBranchPoint(query: Query, timeline: number): Promise<BranchPoint | undefined> {
  return (await readTimelineHistory(query, timeline)).at(-1);
}

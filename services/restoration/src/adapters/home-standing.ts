import type { PostgresMember, PostgresStatus } from '@novacron/drivers';
import { type DatabaseTarget, memberOn } from './restoration-targets.js';

/** Whether a database's server on one site is a standby that streams from another one's, on its timeline. */
export async function followsNow(
  database: DatabaseTarget,
  site: string,
  active: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const upstream = memberOn(database, active);
  const [mine, its] = await Promise.all([
    statusOf(memberOn(database, site), signal),
    upstream.status({ signal, timeoutMs: 3_000 }),
  ]);
  const from = mine?.receivesFrom;
  return (
    mine?.inRecovery === true &&
    mine.walReceiverStatus === 'streaming' &&
    from?.host === upstream.options.host &&
    from.port === upstream.options.port &&
    mine.timeline === its.timeline
  );
}

/** Undefined when it does not answer. */
export function statusOf(member: PostgresMember, signal?: AbortSignal): Promise<PostgresStatus | undefined> {
  return member.status({ signal, timeoutMs: 2_000 }).catch(() => undefined);
}

import { DrError } from '@novacron/contracts';
import { pollUntil } from '@novacron/drivers';
import type { SqlCustomer } from '@novacron/lab';

export const writeEveryMs = 20;
/** So long after the loss its silence may begin: before that any pause between two writes looks like it. */
const afterglowMs = 1_500;
const outageTimeoutMs = 120_000;

export interface OutageSeen {
  /** Milliseconds since 1970. */
  readonly lastBeforeAt: number;
  readonly firstAfterAt: number;
}

/** The time that customers could not write, around a moment, once it is over. */
export async function outageAround(customer: SqlCustomer, time: number): Promise<OutageSeen> {
  const { lastBefore, firstAfter } = await pollUntil(
    'the end of the outage',
    () => Promise.resolve(Date.now() < time + afterglowMs ? undefined : customer.gapAround(time)),
    { timeoutMs: outageTimeoutMs },
  );
  if (firstAfter.at - lastBefore.at < 2 * writeEveryMs)
    throw new DrError('VERIFY_FAILED', 'customers noticed nothing, so nothing was lost');
  return { lastBeforeAt: lastBefore.at, firstAfterAt: firstAfter.at };
}

/** Customers have their connections, and write at their pace. */
export async function warmUp(customer: SqlCustomer): Promise<void> {
  const before = customer.acknowledged().length;
  await pollUntil(
    'customers who write',
    () => Promise.resolve(customer.acknowledged().length >= before + 50 || undefined),
    { timeoutMs: 60_000 },
  );
}

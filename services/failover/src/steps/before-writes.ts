import type { FailoverParams } from './failover-params.js';

/**
 * What an undo will need, read where there can be one: a planned move switches while the new primary is closed. An unplanned
 * failover has opened it before, since customers wait, and then a server that cannot say how it was must not hold up the rest.
 */
export async function beforeWrites<T>({ mode }: FailoverParams, read: () => Promise<T>): Promise<T | undefined> {
  return mode === 'planned' ? read() : undefined;
}

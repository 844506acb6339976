import { createHash } from 'node:crypto';

/**
 * How much later than due a schedule's run begins: a share of the jitter that is the same in every process, and another one for each
 * run and each schedule, so that what is due at the same time does not begin at the same time.
 */
export function jitterMs(name: string, due: Date, mostMs: number): number {
  const digest = createHash('sha256').update(`${name}@${due.toISOString()}`).digest();
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * mostMs);
}

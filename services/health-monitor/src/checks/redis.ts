import { DrError } from '@novacron/contracts';
import type { RedisMember } from '@novacron/drivers';
import type { Probe } from './probe.js';

/**
 * Redis takes our password and tells its role and how many keys it has, which it does not while it loads its data. A master
 * and a replica are both well.
 */
export class RedisProbe implements Probe {
  constructor(
    private readonly member: () => Promise<Pick<RedisMember, 'status'>>,
    private readonly timeoutMs: number,
  ) {}

  async probe(signal: AbortSignal): Promise<void> {
    const member = await this.member();
    try {
      await member.status({ signal, timeoutMs: this.timeoutMs });
    } catch (error) {
      throw loginRefused(error) ? new DrError('INVALID_CONFIG', DrError.from(error).message, { cause: error }) : error;
    }
  }
}

/** A server that refuses our password is up, and it is our password that is wrong. */
function loginRefused(error: unknown): boolean {
  return DrError.from(error).details.some(({ problem }) => /^(?:NOAUTH|WRONGPASS|NOPERM)/u.test(problem));
}

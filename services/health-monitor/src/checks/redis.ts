import { DrError } from '@novacron/contracts';
import type { RedisMember } from '@novacron/drivers';
import type { Finding, Probe } from './probe.js';

export interface RedisExpectation {
  readonly timeoutMs: number;
  readonly role?: 'primary' | 'standby';
  /** A replica whose link is down, or that has heard nothing from its master for longer, is degraded. */
  readonly maxLagMs?: number;
}

/**
 * Redis takes our password and tells its role and how many keys it has, which it does not while it loads its data; role and
 * link are as expected where something is expected.
 */
export class RedisProbe implements Probe {
  constructor(
    private readonly member: (signal: AbortSignal) => Promise<Pick<RedisMember, 'status'>>,
    private readonly expected: RedisExpectation,
  ) {}

  async probe(signal: AbortSignal): Promise<Finding | void> {
    const { timeoutMs, role, maxLagMs } = this.expected;
    const member = await this.member(signal);
    const status = await member.status({ signal, timeoutMs }).catch((error: unknown) => {
      throw loginRefused(error) ? new DrError('INVALID_CONFIG', DrError.from(error).message, { cause: error }) : error;
    });
    const found = status.role === 'replica' ? 'standby' : 'primary';
    if (role !== undefined && role !== found) throw new DrError('VERIFY_FAILED', `it is a ${found}, not a ${role}`);
    if (status.role === 'master' || maxLagMs === undefined) return;
    if (!status.linkUp) return { degraded: 'it is cut off from its master' };
    const lagMs = (status.lastHeardSecondsAgo ?? 0) * 1_000;
    if (lagMs > maxLagMs)
      return { degraded: `it has heard nothing from its master for ${lagMs} ms, more than ${maxLagMs}` };
  }
}

/** A server that refuses our password is up, and it is our password that is wrong. */
function loginRefused(error: unknown): boolean {
  return DrError.from(error).details.some(({ problem }) => /^(?:NOAUTH|WRONGPASS|NOPERM)/u.test(problem));
}

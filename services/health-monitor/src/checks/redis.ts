import { DrError } from '@novacron/contracts';
import { Redis } from 'ioredis';
import type { Probe } from './probe.js';

export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
}

/** Redis takes our password, answers PING (it does not while it loads its data), and says whether it is master or replica. */
export class RedisProbe implements Probe {
  constructor(private readonly target: () => Promise<RedisTarget>) {}

  async probe(signal: AbortSignal): Promise<void> {
    const target = await this.target();
    const where = `${target.host}:${target.port}`;
    const redis = new Redis({
      ...target,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    // The reason of a broken connection comes by this event; what the calls throw says only that it is closed.
    let reason: Error | undefined;
    redis.on('error', (error: Error) => (reason ??= error));
    const leave = (): void => redis.disconnect();
    signal.addEventListener('abort', leave, { once: true });
    try {
      await redis.connect();
      const [, role] = await Promise.all([redis.ping(), redis.role()]);
      const name = String(role[0]);
      if (name !== 'master' && name !== 'slave') throw new DrError('VERIFY_FAILED', `Redis at ${where} is a ${name}`);
    } catch (error) {
      throw redisError(reason ?? error, where, signal);
    } finally {
      signal.removeEventListener('abort', leave);
      redis.disconnect();
    }
  }
}

function redisError(error: unknown, where: string, signal: AbortSignal): DrError {
  if (DrError.is(error)) return error;
  if (signal.aborted) return new DrError('TIMEOUT', `Redis at ${where} gave no answer in time`, { cause: error });
  const text = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  if (/^(NOAUTH|WRONGPASS|NOPERM)/u.test(text)) {
    return new DrError('INVALID_CONFIG', `Redis at ${where} refuses our login: ${text}`, { cause: error });
  }
  return new DrError('UNREACHABLE', `Redis at ${where} does not answer: ${text}`, { cause: error });
}

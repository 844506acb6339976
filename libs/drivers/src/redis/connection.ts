import { DrError } from '@novacron/contracts';
import { Redis } from 'ioredis';
import type { CallOptions } from '../postgres/access.js';

export interface RedisAccess {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
}

const defaultTimeoutMs = 5_000;

/**
 * Opens a connection, hands it to `work` and closes it: a server that came back after a failover is never spoken to on an old
 * one. @throws DrError UNREACHABLE, TIMEOUT, or COMMAND_FAILED with the server's own words.
 */
export async function withRedis<T>(
  access: RedisAccess,
  { signal, timeoutMs = defaultTimeoutMs }: CallOptions,
  work: (client: Redis) => Promise<T>,
): Promise<T> {
  const where = `${access.host}:${access.port}`;
  const client = new Redis({
    host: access.host,
    port: access.port,
    ...(access.password === undefined ? {} : { password: access.password }),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    // One connection is one try: whoever calls decides whether there is another.
    retryStrategy: () => null,
  });
  // Why a connection broke comes by this event; what the calls throw then says only that it is closed.
  let broken: Error | undefined;
  client.on('error', (error: Error) => (broken ??= error));
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  const abandoned = new Promise<never>((_, reject) => {
    const abandon = (): void =>
      reject(
        new DrError('TIMEOUT', `Redis at ${where} gave no answer within ${timeoutMs} ms`, { cause: limit.reason }),
      );
    if (limit.aborted) abandon();
    else limit.addEventListener('abort', abandon, { once: true });
  });
  try {
    return await Promise.race([client.connect().then(() => work(client)), abandoned]);
  } catch (error) {
    throw redisError(DrError.is(error) ? error : (broken ?? error), where);
  } finally {
    client.disconnect();
  }
}

function redisError(error: unknown, where: string): DrError {
  if (DrError.is(error)) return error;
  const { name, message, code = message } = error as NodeJS.ErrnoException;
  if (name === 'ReplyError') {
    return new DrError('COMMAND_FAILED', `Redis at ${where} refused a command`, {
      details: [{ path: where, problem: message }],
      cause: error,
    });
  }
  return new DrError('UNREACHABLE', `Redis at ${where} cannot be reached: ${code}`, { cause: error });
}

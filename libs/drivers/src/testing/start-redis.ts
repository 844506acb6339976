import { pollUntil } from '../command/poll.js';
import { RedisMember } from '../redis/redis-member.js';
import { freePort, temporaryFolder } from './places.js';
import { type ServerProcess, serverProcess } from './server-process.js';

export interface RedisServer extends ServerProcess {
  readonly port: number;
  readonly member: RedisMember;
}

/** A Redis with a password; `settings` as on its command line. */
export async function startRedis(
  program: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RedisServer> {
  const dir = temporaryFolder('redis').path;
  const port = await freePort();
  const password = 'test-password';
  const all = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    requirepass: password,
    masterauth: password,
    save: '',
    'repl-diskless-sync-delay': '0',
    ...settings,
  };
  const server = await serverProcess(
    program,
    Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
    dir,
  );
  const member = new RedisMember({ name: `redis-${port}`, host: '127.0.0.1', port, password });
  await pollUntil('redis', () => member.status({ timeoutMs: 500 }).catch(() => undefined), { timeoutMs: 10_000 });
  return { ...server, port, member };
}

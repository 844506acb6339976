import type { Readable } from 'node:stream';
import { DrError } from '@novacron/contracts';
import type { Redis } from 'ioredis';
import { pollUntil } from '../command/poll.js';
import type { CallOptions } from '../postgres/access.js';
import { type RedisAccess, withRedis } from './connection.js';
import { dumpRedis } from './dump.js';

export interface RedisMemberOptions extends RedisAccess {
  /** The site's name. */
  readonly name: string;
}

export interface RedisStatus {
  readonly role: 'master' | 'replica';
  /** The master it follows, as it was told. */
  readonly follows?: { readonly host: string; readonly port: number };
  /** For a replica: whether data arrives. */
  readonly linkUp: boolean;
  /** For a replica whose link is up: since it last heard from its master. An idle master speaks every ten seconds. */
  readonly lastHeardSecondsAgo?: number;
  /** Bytes of the replication stream written (master) or received (replica). */
  readonly offset: number;
  readonly keys: number;
  readonly version: string;
  readonly runId: string;
}

/** One Redis server of the estate. Each method opens its own connection and returns after its effect was read back. */
export class RedisMember {
  readonly name: string;

  constructor(readonly options: RedisMemberOptions) {
    this.name = options.name;
  }

  status(call: CallOptions = {}): Promise<RedisStatus> {
    return withRedis(this.options, call, readStatus);
  }

  /** Takes writes from now on; a master is left as it is. */
  async promote(call: CallOptions = {}): Promise<void> {
    await withRedis(this.options, call, async (client) => {
      if ((await readStatus(client)).role === 'master') return;
      await client.call('REPLICAOF', 'NO', 'ONE');
      const { role } = await readStatus(client);
      if (role !== 'master') throw new DrError('VERIFY_FAILED', `Redis of ${this.name} is still a ${role}`);
    });
  }

  /** Follows a master; returns once data arrives from it. Its own data are replaced by the master's. */
  async follow(host: string, port: number, call: CallOptions = {}): Promise<void> {
    const timeoutMs = call.timeoutMs ?? 30_000;
    await withRedis(this.options, { ...call, timeoutMs: timeoutMs + 1_000 }, async (client) => {
      const before = await readStatus(client);
      if (before.follows?.host !== host || before.follows.port !== port)
        await client.call('REPLICAOF', host, String(port));
      await pollUntil(
        `replication of ${this.name} from ${host}:${port}`,
        async () => {
          const { role, linkUp, follows } = await readStatus(client);
          return (role === 'replica' && linkUp && follows?.host === host && follows.port === port) || undefined;
        },
        { timeoutMs, signal: call.signal },
      );
    });
  }

  /** Gives it back the role that `status` once told. That its master may be gone is no failure: it follows when that is back. */
  async restoreRole({ role, follows }: Pick<RedisStatus, 'role' | 'follows'>, call: CallOptions = {}): Promise<void> {
    if (role === 'master' || follows === undefined) return this.promote(call);
    await withRedis(this.options, call, async (client) => {
      await client.call('REPLICAOF', follows.host, String(follows.port));
      const now = await readStatus(client);
      if (now.role === 'replica' && now.follows?.host === follows.host && now.follows.port === follows.port) return;
      throw new DrError('VERIFY_FAILED', `Redis of ${this.name} does not follow ${follows.host}:${follows.port}`);
    });
  }

  /** The whole data set as an RDB file, as of one moment. See `dumpRedis`. */
  dump(call: CallOptions = {}): Readable {
    return dumpRedis(this.options, call);
  }
}

async function readStatus(client: Redis): Promise<RedisStatus> {
  const [replication, server, keys] = await Promise.all([
    client.info('replication'),
    client.info('server'),
    client.dbsize(),
  ]);
  const fields = infoFields(`${replication}\n${server}`);
  const replica = fields.get('role') === 'slave';
  const [host, port] = [fields.get('master_host'), fields.get('master_port')];
  const lastHeard = Number(fields.get('master_last_io_seconds_ago') ?? -1);
  const offset = replica ? fields.get('slave_repl_offset') : fields.get('master_repl_offset');
  return {
    role: replica ? 'replica' : 'master',
    ...(replica && host !== undefined && port !== undefined ? { follows: { host, port: Number(port) } } : {}),
    linkUp: replica && fields.get('master_link_status') === 'up',
    ...(replica && lastHeard >= 0 ? { lastHeardSecondsAgo: lastHeard } : {}),
    offset: Number(offset ?? 0),
    keys,
    version: fields.get('redis_version') ?? 'unknown',
    runId: fields.get('run_id') ?? 'unknown',
  };
}

/** The lines of INFO: `name:value`, with comments between. */
function infoFields(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/u).flatMap((line) => {
      const at = line.indexOf(':');
      return at < 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}

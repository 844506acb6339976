import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { FullSiteName, LabPorts } from '../layout/ports.js';
import type { LabFolders } from '../layout/folders.js';
import type { LabPrograms } from '../layout/programs.js';
import type { LabSecrets } from '../layout/secrets.js';
import { ServerProcess } from '../processes/server-process.js';
import type { RunningServer } from './site-server.js';
import type { GuardVerdict } from './start-guard.js';

const startTimeoutMs = 60_000;

export interface RedisSiteOptions {
  readonly site: FullSiteName;
  /** Whose replica it is at first. */
  readonly follows?: FullSiteName;
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  readonly secrets: LabSecrets;
}

/** A site's Redis. Its configuration is written once: Redis itself keeps it up to date when its role changes. */
export class RedisSite {
  readonly dataDir: string;
  private readonly configFile: string;

  constructor(private readonly options: RedisSiteOptions) {
    this.dataDir = join(options.folders.site(options.site), 'redis');
    this.configFile = join(this.dataDir, 'redis.conf');
  }

  /** Through the site's front. */
  get url(): string {
    const { ports, secrets, site } = this.options;
    return `redis://:${secrets.redis}@127.0.0.1:${ports.sites[site].redis.front}`;
  }

  async create(): Promise<void> {
    const { site, follows, ports, secrets } = this.options;
    const lines = [
      'bind 127.0.0.1',
      `port ${ports.sites[site].redis.behind}`,
      `dir ${JSON.stringify(this.dataDir)}`,
      `requirepass ${secrets.redis}`,
      `masterauth ${secrets.redis}`,
      'appendonly yes',
      'appendfsync everysec',
      'save ""',
      'repl-diskless-sync-delay 0',
      'repl-ping-replica-period 1',
      'repl-timeout 10',
      'set-proc-title no',
      ...(follows === undefined ? [] : [`replicaof 127.0.0.1 ${ports.sites[follows].redis.front}`]),
    ];
    await mkdir(this.dataDir, { recursive: true });
    await writeFile(this.configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  /** The role that the guard found overrides the one in the configuration. */
  async launch(verdict: GuardVerdict | undefined): Promise<RunningServer> {
    const { site, programs, folders } = this.options;
    const server = await ServerProcess.start({
      name: `redis of ${site}`,
      program: programs.redisServer,
      args: [this.configFile, ...roleArguments(verdict)],
      cwd: this.dataDir,
      logFile: folders.log(`redis-${site}`),
    });
    return {
      pid: server.pid,
      exited: server.exited,
      ready: () => server.ready(() => this.answers(), startTimeoutMs),
      stop: () => server.stop('SIGTERM', 5_000),
      shutDown: () => server.kill(),
    };
  }

  /** Straight to the server, not through the front. */
  async withClient<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const { site, ports, secrets } = this.options;
    const client = new Redis({
      host: '127.0.0.1',
      port: ports.sites[site].redis.behind,
      password: secrets.redis,
      lazyConnect: true,
      connectTimeout: 1_000,
      commandTimeout: 2_000,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  private async answers(): Promise<boolean> {
    return (await this.withClient((client) => client.ping())) === 'PONG';
  }
}

function roleArguments(verdict: GuardVerdict | undefined): string[] {
  if (verdict?.mayStart !== true) return [];
  if (verdict.role === 'primary') return ['--replicaof', 'no', 'one'];
  return verdict.of === undefined ? [] : ['--replicaof', verdict.of.host, String(verdict.of.port)];
}

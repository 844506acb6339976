import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { findNatsServer } from './programs.js';

export interface NatsServerOptions {
  /** How many servers form a cluster; a single one where absent. */
  readonly cluster?: number;
  /** Lines added to each server's configuration. */
  readonly extraConfig?: string;
  /** What a client needs to be let in, where that configuration asks for it. */
  readonly credentials?: Readonly<ConnectionOptions>;
  /** Variables that it refers to. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One server process; its store stays over kill and restart. */
export interface NatsProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
  /** The same store on the same port. */
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
}

export interface RunningNats {
  /** Every server's URL, separated by commas. */
  readonly url: string;
  /** The first server's. */
  readonly pid: number;
  readonly servers: readonly NatsProcess[];
  /** SIGKILL to all; the stores stay. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends all and removes their stores. */
  stop(): Promise<void>;
}

/** Servers hear of one another late where the machine is busy. */
const clusterTimeoutMs = 90_000;
/**
 * Of some dozens of clusters whose servers start at once one never forms: all have their routes and a leader, and for minutes no
 * peers suit. Started anew it does.
 */
const firstStartTimeoutMs = 25_000;
const mostTries = 3;

/** Servers that still run when this process ends are ended with it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * A real nats-server with JetStream on a random port of the loopback interface, its store in a temporary folder, flushed on
 * every write as in production; a cluster is ready once its servers know one another well enough to place what each of them holds.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<RunningNats> {
  for (let tries = 1; ; tries += 1) {
    const nats = await prepared(options);
    try {
      await nats.restart(firstStartTimeoutMs);
      return nats;
    } catch (error) {
      await nats.stop();
      // Between being found free and being listened on, a port can become the near end of somebody's connection.
      if (tries === mostTries || (nats.servers.length === 1 && !isPortTaken(error))) throw error;
    }
  }
}

function isPortTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message.includes('address already in use') || isPortTaken(error.cause);
}

async function prepared(options: NatsServerOptions): Promise<Nats> {
  const folder = await mkdtemp(join(tmpdir(), 'dr-nats-'));
  const size = options.cluster ?? 1;
  const ports = await Promise.all(
    Array.from({ length: size }, async () => ({ client: await freePort(), route: await freePort() })),
  );
  const routes = ports.map((port) => `nats://127.0.0.1:${port.route}`);
  const servers = await Promise.all(
    ports.map(async (port, index) => {
      const name = `n${index + 1}`;
      const store = join(folder, name);
      await mkdir(store);
      const cluster =
        size === 1
          ? ''
          : `cluster { name: ${basename(folder)}, listen: "127.0.0.1:${port.route}", routes: ${JSON.stringify(routes)} }\n`;
      const config = [
        `server_name: ${name}`,
        `listen: "127.0.0.1:${port.client}"`,
        `jetstream { store_dir: ${JSON.stringify(store)}, sync_interval: always }`,
        cluster + (options.extraConfig ?? ''),
      ];
      await writeFile(join(folder, `${name}.conf`), config.join('\n'));
      return new Server(name, folder, `nats://127.0.0.1:${port.client}`, options);
    }),
  );
  return new Nats(folder, servers, options.credentials);
}

class Nats implements RunningNats {
  readonly url: string;

  constructor(
    private readonly folder: string,
    readonly servers: readonly Server[],
    private readonly credentials: Readonly<ConnectionOptions> = {},
  ) {
    this.url = servers.map((server) => server.url).join(',');
  }

  get pid(): number {
    return this.servers[0]?.pid ?? -1;
  }

  async kill(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
  }

  async restart(timeoutMs = clusterTimeoutMs): Promise<void> {
    await Promise.all(this.servers.map((server) => server.restart()));
    await this.ready(timeoutMs);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ready(timeoutMs: number): Promise<void> {
    const ended = (): Server | undefined => this.servers.find((server) => server.hasEnded);
    await eventually(
      async () => {
        // One may listen for clients, and end over its port for the others.
        if (ended() !== undefined) return true;
        const connection = await connect({
          ...this.credentials,
          servers: this.url.split(','),
          timeout: 1_000,
          reconnect: false,
        });
        try {
          const manager = await jetstreamManager(connection, { timeout: 1_000 });
          const { limits } = await manager.getAccountInfo();
          if (this.servers.length > 1 && this.isOpen) await this.place(manager);
          return limits;
        } finally {
          await connection.close();
        }
      },
      { timeoutMs: this.servers.length > 1 ? timeoutMs : 30_000, pauseMs: 50, what: 'JetStream answers' },
    );
    await ended()?.sayWhyEnded();
  }

  /** Whether anybody is let in, and may do anything. */
  private get isOpen(): boolean {
    return Object.keys(this.credentials).length === 0;
  }

  /** A leader alone is not enough: servers may hear of one another half a minute later, and until then nothing is placed on all. */
  private async place(manager: JetStreamManager): Promise<void> {
    const name = 'TEST_CLUSTER_READY';
    await manager.streams.add({ name, subjects: [name], num_replicas: this.servers.length, storage: 'memory' });
    await manager.streams.delete(name);
  }
}

class Server implements NatsProcess {
  private child: ChildProcess | undefined;

  constructor(
    readonly name: string,
    private readonly folder: string,
    readonly url: string,
    private readonly options: NatsServerOptions,
  ) {}

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    this.child = undefined;
    await new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) {
        resolve();
        return;
      }
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
    running.delete(child);
  }

  /** By itself: nobody has killed it. */
  get hasEnded(): boolean {
    return this.child !== undefined && this.child.exitCode !== null;
  }

  /** @throws Error with the server's log. */
  async sayWhyEnded(cause?: Error): Promise<never> {
    throw new Error(`nats-server ${this.name} ended: ${await readFile(this.log, 'utf8')}`, { cause });
  }

  private get log(): string {
    return join(this.folder, `${this.name}.log`);
  }

  async restart(): Promise<void> {
    await this.kill();
    const output = openSync(this.log, 'a');
    const child = spawn(findNatsServer(), ['-c', join(this.folder, `${this.name}.conf`)], {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...this.options.environment },
    });
    closeSync(output);
    running.add(child);
    this.child = child;
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    await eventually(
      async () => {
        if (failure !== undefined || this.hasEnded) await this.sayWhyEnded(failure);
        const connection = await connect({
          ...this.options.credentials,
          servers: this.url,
          timeout: 500,
          reconnect: false,
        });
        await connection.close();
        return true;
      },
      { timeoutMs: 15_000, what: `${this.name} accepts connections` },
    );
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }
}

import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { httpRequest, pollUntil, PostgresMember, requireProgram, runningPostmaster } from '@novacron/drivers';
import { killTrees, portBaseFrom, ServerProcess } from '@novacron/lab';
import { nodeConfiguration, type PatroniNode, type PatroniPace, routerConfiguration } from './patroni-settings.js';

const settleTimeoutMs = 120_000;
/** Behind the lab's ports. */
const firstOffset = 470;

interface ClusterView {
  readonly members: readonly { readonly name: string; readonly role: string; readonly state: string }[];
}

/** Patroni as Debian packages it: three nodes with PostgreSQL, an etcd that is never lost, a router that asks each node. */
export class PatroniCluster {
  private readonly agents = new Map<string, ServerProcess>();
  private readonly others: ServerProcess[] = [];
  private readonly nodes: readonly PatroniNode[];
  private readonly ports: { readonly etcd: number; readonly etcdPeer: number; readonly router: number };
  private readonly password = randomBytes(12).toString('hex');

  private constructor(private readonly folder: string) {
    const base = portBaseFrom(process.env) + firstOffset;
    this.ports = { etcd: base, etcdPeer: base + 1, router: base + 2 };
    this.nodes = [1, 2, 3].map((index) => ({
      name: `node${index}`,
      postgresPort: base + 2 + index,
      restPort: base + 5 + index,
      dataDir: join(folder, `node${index}`),
    }));
  }

  /** @throws DrError PROGRAM_MISSING naming the packages, when Patroni or etcd is not installed. */
  static async start(): Promise<PatroniCluster> {
    const [patroni, etcd] = [programPath('patroni'), programPath('etcd')];
    const cluster = new PatroniCluster(await mkdtemp(join(tmpdir(), 'bench-patroni-')));
    try {
      await cluster.bringUp(await patroni, await etcd);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** For a customer: through the router. */
  get url(): string {
    return `postgres://admin:${this.password}@127.0.0.1:${this.ports.router}/postgres`;
  }

  async setPace(pace: PatroniPace): Promise<void> {
    const [node] = this.nodes;
    const answer = await httpRequest({
      url: `http://127.0.0.1:${node?.restPort}/config`,
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(pace),
      timeoutMs: 10_000,
    });
    if (answer.status !== 200) throw new DrError('COMMAND_FAILED', `patroni refused its settings: ${answer.body}`);
  }

  /** `kill -9` of all that runs on the leader's node, or of its postmaster alone. Returns the node. */
  async loseLeader(what: 'host' | 'postmaster'): Promise<string> {
    const leader = await this.leader();
    const agent = this.agents.get(leader.name);
    const postmaster = Number((await readFile(join(leader.dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    await killTrees([...(what === 'host' && agent !== undefined ? [agent.pid] : []), postmaster]);
    return leader.name;
  }

  /** A node that was lost comes back, and the cluster is whole again. */
  async mend(name: string): Promise<void> {
    const agent = this.agents.get(name);
    if (agent?.running !== true) await this.startNode(name, await programPath('patroni'));
    await this.settled();
  }

  /** One leader, two replicas that stream, one of them synchronous. */
  async settled(): Promise<void> {
    await pollUntil(
      'a whole Patroni cluster',
      async () => {
        const members = (await this.view().catch(() => undefined))?.members ?? [];
        const replicas = members.filter(({ role }) => role !== 'leader');
        const streaming = replicas.filter(({ state }) => state === 'streaming' || state === 'running');
        const synchronous = replicas.some(({ role }) => role === 'sync_standby');
        return (members.length === 3 && streaming.length === 2 && synchronous) || undefined;
      },
      { timeoutMs: settleTimeoutMs, everyMs: 200 },
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.stop('SIGTERM', 10_000)));
    for (const { dataDir } of this.nodes) {
      const postmaster = runningPostmaster(dataDir);
      if (postmaster !== undefined) await killTrees([postmaster]);
    }
    for (const server of this.others) await server.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async bringUp(patroni: string, etcd: string): Promise<void> {
    const { ports, folder } = this;
    const [client, peer] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.etcdPeer}`];
    const urls = [
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `bench=${peer}`],
    ];
    const args = ['--name', 'bench', '--data-dir', join(folder, 'etcd'), ...urls];
    await this.keep(await this.run('etcd', etcd, args)).ready(async () => await answers(`${client}/health`));
    for (const node of this.nodes) {
      await this.startNode(node.name, patroni);
      // The first one makes the cluster, the others copy it.
      await pollUntil(`start of ${node.name}`, async () => (await this.runs(node.name)) || undefined, {
        timeoutMs: settleTimeoutMs,
        everyMs: 200,
      });
    }
    await this.settled();
    await writeFile(join(folder, 'haproxy.cfg'), routerConfiguration(ports.router, this.nodes));
    this.keep(await this.run('haproxy', requireProgram('haproxy'), ['-db', '-f', join(folder, 'haproxy.cfg')]));
    const database = new PostgresMember({
      ...{ name: 'router', host: '127.0.0.1', port: ports.router },
      ...{ user: 'admin', password: this.password, database: 'postgres' },
    });
    const schema = async (): Promise<true> => {
      await database.query('create schema if not exists app');
      await database.query('create table if not exists app.rows (n bigint primary key, site text)');
      return true;
    };
    await pollUntil('the router', () => schema().catch(() => undefined), {
      timeoutMs: 20_000,
      everyMs: 200,
    });
  }

  private async startNode(name: string, patroni: string): Promise<void> {
    const node = this.nodes.find((each) => each.name === name) as PatroniNode;
    const file = join(this.folder, `${name}.yaml`);
    const binDir = requireProgram('postgresBin');
    const { folder, password } = this;
    await mkdir(node.dataDir, { recursive: true, mode: 0o700 });
    await writeFile(file, nodeConfiguration(node, { etcdPort: this.ports.etcd, binDir, folder, password }));
    this.agents.set(name, await this.run(name, patroni, [file]));
  }

  private run(name: string, program: string, args: readonly string[]): Promise<ServerProcess> {
    return ServerProcess.start({ name, program, args, cwd: this.folder, logFile: join(this.folder, `${name}.log`) });
  }

  private keep(server: ServerProcess): ServerProcess {
    this.others.push(server);
    return server;
  }

  private async runs(name: string): Promise<boolean> {
    const member = (await this.view().catch(() => undefined))?.members.find((each) => each.name === name);
    return member?.state === 'running' || member?.state === 'streaming';
  }

  private async leader(): Promise<PatroniNode> {
    const { members } = await this.view();
    const name = members.find(({ role }) => role === 'leader')?.name;
    const node = this.nodes.find((each) => each.name === name);
    if (node === undefined) throw new DrError('VERIFY_FAILED', 'the Patroni cluster has no leader');
    return node;
  }

  /** As any node that answers tells it. */
  private async view(): Promise<ClusterView> {
    const asked = this.nodes.map(async ({ restPort }) => {
      const { body } = await httpRequest({ url: `http://127.0.0.1:${restPort}/cluster`, timeoutMs: 3_000 });
      return JSON.parse(body) as ClusterView;
    });
    return Promise.any(asked);
  }
}

async function answers(url: string): Promise<boolean> {
  return (await httpRequest({ url, timeoutMs: 1_000 })).status === 200;
}

const packageOf = { patroni: 'patroni and python3-etcd', etcd: 'etcd-server' } as const;

async function programPath(name: keyof typeof packageOf): Promise<string> {
  for (const folder of ['/usr/bin', '/usr/local/bin']) {
    const path = join(folder, name);
    const found = access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (await found) return path;
  }
  throw new DrError('PROGRAM_MISSING', `${name} is not installed, so there is nothing to measure beside`, {
    hint: `apt-get install --no-install-recommends ${packageOf[name]}`,
  });
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect, type Server } from 'node:net';
import { join } from 'node:path';
import { Bus, silentLogger } from '@novacron/bus';
import { begun, eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { parseEstate, QueryHealthStatus, type Report } from '@novacron/contracts';
import { temporaryFolder } from '@novacron/drivers/testing';
import { Network, type Place } from './network.js';

const root = join(import.meta.dirname, '../../../..');
const sites = ['primary', 'secondary', 'dr'] as const;
/** Where each vantage stands: two of them at the ends of the way that is watched. */
const vantages = { alpha: undefined, beta: 'secondary', gamma: 'dr' } as const;
const appPort = 8080;
const busPort = 4222;

const application = `require('node:http').createServer((_, response) => response.end('well')).listen(${appPort}, '0.0.0.0')`;
/** The bus comes to a vantage by a socket in a folder, which no fault of the network reaches. */
const relay = `const net = require('node:net');
net.createServer((socket) => {
  const bus = net.connect(process.argv[1]);
  for (const [from, to] of [[socket, bus], [bus, socket]]) from.pipe(to).on('error', () => from.destroy()), from.on('error', () => to.destroy());
}).listen(${busPort}, '127.0.0.1')`;

type State = Readonly<
  Record<
    string,
    {
      readonly state: string;
      readonly reason: string;
      readonly checks: Readonly<Record<string, { readonly state: string; readonly reason?: string }>>;
    }
  >
>;

/** Three sites, three vantages and a witness, each a machine of its own on one network, and the bus beside it. */
export class NetworkWorld {
  readonly places = new Map<string, Place>();
  private readonly folder = temporaryFolder('network-world');
  private door: Server | undefined;
  network!: Network;
  nats!: RunningNats;
  bus!: Bus;

  static start(): Promise<NetworkWorld> {
    const world = new NetworkWorld();
    return begun(world, () => world.begin());
  }

  private async begin(): Promise<void> {
    this.network = await Network.start();
    this.nats = await startNatsServer();
    const settings = { url: this.nats.url, service: 'test', instance: 'test', estate: 'novacron' };
    this.bus = await Bus.connect({ ...settings, logger: silentLogger });
    const socketFile = join(this.folder.path, 'bus');
    this.door = openDoor(Number(new URL(this.nats.url).port), socketFile);
    for (const name of [...sites, 'witness', ...Object.keys(vantages)]) {
      this.places.set(name, await this.network.place(name));
      const program = name in vantages ? relay : application;
      await this.network.run(name, [process.execPath, '-e', program, socketFile], {}, this.log(name));
    }
    const estateFile = this.writeEstate();
    for (const vantage of Object.keys(vantages))
      await this.network.run(
        vantage,
        [process.execPath, join(root, 'services/health-monitor/dist/main.js')],
        {
          DR_ESTATE: estateFile,
          DR_NATS_URL: `nats://127.0.0.1:${busPort}`,
          DR_VANTAGE: vantage,
          DR_SERVICE_INSTANCE: vantage,
        },
        this.log(`monitor-${vantage}`),
      );
    for (const vantage of Object.keys(vantages)) {
      const said = (): string => readFileSync(this.log(`monitor-${vantage}`), 'utf8');
      await eventually(() => said().includes('service is ready'), {
        timeoutMs: 120_000,
        pauseMs: 100,
        what: vantage,
      }).catch(() => Promise.reject(new Error(`the monitor at ${vantage} is never ready: ${said().slice(-1_000)}`)));
    }
  }

  async stop(): Promise<void> {
    await this.network?.stop();
    await this.bus?.close();
    this.door?.close();
    await this.nats?.stop();
    this.folder.remove();
  }

  async status(): Promise<State> {
    const { report } = await this.bus.request<Report>(new QueryHealthStatus(), { timeoutMs: 5_000 });
    return report['sites'] as State;
  }

  async until(site: string, state: string, check?: string): Promise<State[string]> {
    const found = async (): Promise<State[string] | undefined> => {
      const seen = (await this.status())[site];
      return (check === undefined ? seen?.state : seen?.checks[check]?.state) === state ? seen : undefined;
    };
    return eventually(found, { timeoutMs: 90_000, pauseMs: 100, what: `${check ?? 'all'} of ${site} ${state}` });
  }

  async allWell(): Promise<void> {
    for (const site of sites) await this.until(site, 'ok');
    await this.until('secondary', 'ok', 'link');
  }

  private log(name: string): string {
    return join(this.folder.path, `${name}.log`);
  }

  private writeEstate(): string {
    const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
    if (estate === undefined) throw new Error('the lab’s estate file does not parse');
    const at = (name: string): Place => this.places.get(name)!;
    const witness = { witnessHost: at('witness').address, witnessPort: appPort };
    const health = {
      ...{ interval: '1500ms', timeout: '1400ms', fastInterval: '200ms', slowAfter: '1300ms' },
      vantages: Object.entries(vantages).map(([name, site]) => ({
        name,
        ...witness,
        ...(site === undefined ? {} : { site }),
      })),
      rules: Object.assign(estate.health.rules, { flapping: { news: 1_000, within: '1m', settle: '1s' } }),
      checks: [
        ...sites.flatMap((site) =>
          (['database', 'api', 'workers'] as const).map((role) => ({
            name: role,
            site,
            kind: 'http',
            role,
            url: `http://${at(site).address}:${appPort}/${role}`,
          })),
        ),
        {
          ...{ name: 'link', site: 'secondary', kind: 'partition', role: 'network', peer: 'dr' },
          ...{
            host: at('dr').linkAddress,
            port: appPort,
            returnHost: at('secondary').linkAddress,
            returnPort: appPort,
          },
        },
      ],
    };
    mkdirSync(this.folder.path, { recursive: true });
    const file = join(this.folder.path, 'estate.yaml');
    writeFileSync(file, JSON.stringify(Object.assign(estate, { health })));
    return file;
  }
}

function openDoor(port: number, socketFile: string): Server {
  const door = createServer((socket) => {
    const bus = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [socket, bus],
      [bus, socket],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  door.listen(socketFile);
  return door;
}

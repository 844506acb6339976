import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LabFolders } from '../layout/folders.js';
import { fullSiteNames, type LabPorts } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import { SupervisedProcess } from '../processes/supervised-process.js';

const saveEveryMs = 500;

/** The router: an HTTP and a PostgreSQL backend with one server per site, of which only the active one is ready. */
export class Router {
  private readonly supervised: SupervisedProcess;
  private readonly stateFile: string;
  private saving?: NodeJS.Timeout;

  constructor(
    private readonly options: {
      readonly ports: LabPorts;
      readonly folders: LabFolders;
      readonly programs: LabPrograms;
      readonly onChange: () => void;
    },
  ) {
    const { folders, programs, onChange } = options;
    this.stateFile = join(folders.router, 'servers.state');
    this.supervised = new SupervisedProcess({
      spec: {
        name: 'router',
        program: programs.haproxy,
        args: ['-db', '-f', join(folders.router, 'haproxy.cfg')],
        cwd: folders.router,
        logFile: folders.log('router'),
      },
      onChange,
    });
  }

  get pid(): number | undefined {
    return this.supervised.pid;
  }

  async start(): Promise<void> {
    const { folders, ports } = this.options;
    await mkdir(folders.router, { recursive: true });
    await writeFile(join(folders.router, 'haproxy.cfg'), routerConfig(ports, this.stateFile));
    const server = await this.supervised.start();
    await server.ready(async () => (await this.ask('show servers state')).includes('secondary'));
    this.saving = setInterval(() => void this.save().catch(() => undefined), saveEveryMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.saving);
    await this.supervised.stop();
  }

  /** One command of the runtime API. */
  async ask(command: string): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: this.options.ports.routerRuntime });
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')));
    await once(socket, 'connect');
    socket.end(`${command}\n`);
    return text(socket);
  }

  /** The site that an operator has made ready in a backend, by what the router itself says. */
  async activeSite(backend: 'http' | 'postgres'): Promise<string | undefined> {
    const rows = (await this.ask(`show servers state ${backend}`)).split('\n').map((line) => line.split(' '));
    // Columns of version 1: the name is the 4th, the operational state the 6th, and 2 is running.
    return rows.find(([, , , name = '', , state]) => fullSiteNames.some((site) => site === name) && state === '2')?.[3];
  }

  /** So that a router that is started again sends nobody to a site that was given up. */
  private async save(): Promise<void> {
    const state = await this.ask('show servers state');
    if (!state.includes('secondary')) return;
    await writeFile(`${this.stateFile}.new`, state);
    await rename(`${this.stateFile}.new`, this.stateFile);
  }
}

/**
 * Without `timeout server-fin`, a session whose customer has hung up on a server that hangs stays for as long as `timeout server`:
 * HAProxy does not end it when it is told to, and the routes of that site never count as fenced.
 */
function routerConfig(ports: LabPorts, stateFile: string): string {
  const servers = (service: 'app' | 'postgres'): string =>
    fullSiteNames
      .map((site) => {
        const disabled = site === 'primary' ? '' : ' disabled';
        return `  server ${site} 127.0.0.1:${ports.sites[site][service].front} on-marked-down shutdown-sessions${disabled}`;
      })
      .join('\n');
  return `global
  stats socket ipv4@127.0.0.1:${ports.routerRuntime} level admin
  stats timeout 1m
  server-state-file ${stateFile}
  maxconn 2000

defaults
  load-server-state-from-file global
  timeout connect 500ms
  timeout client 1h
  timeout server 1h
  timeout queue 500ms
  retries 1
  option redispatch

frontend http
  mode http
  bind 127.0.0.1:${ports.routerHttp}
  default_backend http

frontend postgres
  mode tcp
  bind 127.0.0.1:${ports.routerPostgres}
  default_backend postgres

backend http
  mode http
  http-reuse never
${servers('app')}

backend postgres
  mode tcp
  timeout server-fin 500ms
${servers('postgres')}
`;
}

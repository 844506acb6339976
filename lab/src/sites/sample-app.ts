import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import type { AppConfig, AppMode } from '../app/app-config.js';
import { writeMode } from '../app/app-config.js';
import { compiled, type LabFolders } from '../layout/folders.js';
import type { FullSiteName, LabPorts } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import type { LabSecrets } from '../layout/secrets.js';
import { ServerProcess } from '../processes/server-process.js';
import type { RunningServer } from './site-server.js';

export const appPrograms = ['api', 'scheduler', 'worker'] as const;
export type AppProgram = (typeof appPrograms)[number];

const switchTimeoutMs = 3_000;

/** A site's sample application: three programs that share a folder. */
export class SampleApp {
  private readonly folder: string;
  private readonly configFile: string;

  constructor(
    private readonly options: {
      readonly site: FullSiteName;
      readonly ports: LabPorts;
      readonly folders: LabFolders;
      readonly programs: LabPrograms;
      readonly secrets: LabSecrets;
    },
  ) {
    this.folder = join(options.folders.site(options.site), 'app');
    this.configFile = join(this.folder, 'config.json');
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.ports.sites[this.options.site].app.front}`;
  }

  async create(): Promise<void> {
    const { site, ports, secrets } = this.options;
    const { app, uplink, redis } = ports.sites[site];
    const config: AppConfig = {
      site,
      port: app.behind,
      database: { port: uplink.front, password: secrets.postgresApp },
      redis: { port: redis.behind, password: secrets.redis },
      folder: this.folder,
      adminToken: secrets.appAdmin,
    };
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.configFile, JSON.stringify(config), { mode: 0o600 });
  }

  /** The mode that the programs will find when they start. */
  prepareMode(mode: AppMode): Promise<void> {
    return writeMode(this.folder, mode);
  }

  /** Tells the running programs, through the site's front. Throws UNREACHABLE or VERIFY_FAILED. */
  async switchMode(mode: AppMode): Promise<void> {
    const { secrets, site } = this.options;
    const headers = { authorization: `Bearer ${secrets.appAdmin}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(switchTimeoutMs);
    const order = { method: 'POST', headers, body: JSON.stringify({ mode }), signal };
    const response = await fetch(`${this.url}/admin/mode`, order).catch((cause: unknown) => {
      throw new DrError('UNREACHABLE', `the application of ${site} does not answer`, { cause });
    });
    if (response.status === 200) return;
    throw new DrError('VERIFY_FAILED', `the application of ${site} did not become ${mode} (${response.status})`);
  }

  async launch(program: AppProgram): Promise<RunningServer> {
    const { site, folders, programs } = this.options;
    const server = await ServerProcess.start({
      name: `${program} of ${site}`,
      program: programs.node,
      args: [compiled(`app/${program}.js`), this.configFile],
      cwd: this.folder,
      logFile: folders.log(`${program}-${site}`),
    });
    return {
      pid: server.pid,
      exited: server.exited,
      ready: () => server.ready(() => this.isWell(program)),
      stop: () => server.stop('SIGTERM', 2_000),
      shutDown: () => server.kill(),
    };
  }

  /** Asked around the front: the programs of a site that is cut off run all the same. */
  private async isWell(program: AppProgram): Promise<boolean> {
    const port = this.options.ports.sites[this.options.site].app.behind;
    // The two others have no port of their own, and may be asked only where the api runs.
    if (program !== 'api') return true;
    return (await fetch(`http://127.0.0.1:${port}/health/api`, { signal: AbortSignal.timeout(1_000) })).ok;
  }
}

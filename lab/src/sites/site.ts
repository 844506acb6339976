import { join } from 'node:path';
import { DrError, type Estate } from '@novacron/contracts';
import type { AppMode } from '../app/app-config.js';
import type { LabFolders } from '../layout/folders.js';
import { type FullSiteName, fullSiteNames, type LabPorts, type SiteName } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import type { LabSecrets } from '../layout/secrets.js';
import { killTrees } from '../processes/process-tree.js';
import { diesWithItsStarter } from '../processes/server-process.js';
import { startS3Site } from '../s3/s3-site.js';
import { PostgresSite } from './postgres.js';
import { RedisSite } from './redis.js';
import { type AppProgram, appPrograms, SampleApp } from './sample-app.js';
import { type RunningServer, SiteServer } from './site-server.js';
import type { StartGuard } from './start-guard.js';

export const components = ['postgres', 'redis', 's3', 'app'] as const;
export type Component = (typeof components)[number];

export interface SiteOptions {
  readonly name: SiteName;
  readonly estate: Estate;
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  readonly secrets: LabSecrets;
  readonly guard: StartGuard;
  readonly stores: boolean;
  readonly onChange: () => void;
}

/** What a full site has beyond its object store. */
export interface Stack {
  readonly postgres: PostgresSite;
  readonly postgresServer: SiteServer;
  readonly redis: RedisSite;
  readonly redisServer: SiteServer;
  readonly app: SampleApp;
  readonly appServers: Readonly<Record<AppProgram, SiteServer>>;
}

/** A site: its servers, and its power. */
export class Site {
  readonly s3: SiteServer;
  /** Undefined for the archive, which only stores. */
  readonly stack?: Stack;
  private powered = true;

  constructor(readonly options: SiteOptions) {
    const { name, onChange } = options;
    this.s3 = new SiteServer({ name: `s3 of ${name}`, launch: () => this.launchS3(), onChange });
    const full = fullSiteNames.find((site) => site === name);
    if (full !== undefined) this.stack = this.createStack(full);
  }

  get name(): SiteName {
    return this.options.name;
  }

  get isPowered(): boolean {
    return this.powered;
  }

  get bucket(): string {
    const store = this.options.estate.repository.stores.find(({ site }) => site === this.name);
    return store?.bucket ?? `novacron-${this.name}`;
  }

  /** The servers of one component. Throws NOT_FOUND for a component that the site does not have. */
  serversOf(component: Component): SiteServer[] {
    if (component === 's3') return [this.s3];
    if (this.stack === undefined)
      throw new DrError('NOT_FOUND', `${this.name} has no ${component}`, { hint: 'it has s3' });
    const { postgresServer, redisServer, appServers } = this.stack;
    if (component === 'postgres') return [postgresServer];
    return component === 'redis' ? [redisServer] : Object.values(appServers);
  }

  get servers(): SiteServer[] {
    return this.present.flatMap((component) => this.serversOf(component));
  }

  private get present(): readonly Component[] {
    const all: readonly Component[] = this.stack === undefined ? ['s3'] : components;
    return all.filter((component) => component !== 's3' || this.options.stores);
  }

  get pids(): number[] {
    return this.servers.flatMap(({ pid }) => pid ?? []);
  }

  /** Throws CONFLICT when the site has no power, EPOCH_MISMATCH when a server may not start. */
  async startComponent(component: Component): Promise<void> {
    if (!this.powered) {
      throw new DrError('CONFLICT', `${this.name} is powered off`, {
        hint: `revive it: npm run lab -- revive ${this.name}`,
      });
    }
    const servers = this.serversOf(component);
    // A site that comes back leaves the work to the one that took over, until it is told otherwise.
    if (component === 'app') await this.stack?.app.prepareMode('standby');
    for (const server of servers) await server.start();
  }

  async stopComponent(component: Component): Promise<void> {
    await Promise.all(this.serversOf(component).map((server) => server.stop()));
  }

  /** Whether the site's application does the estate's work. Where nothing runs, nothing has to be told to stop. */
  async switchApp(mode: AppMode): Promise<void> {
    if (this.stack === undefined) throw new DrError('NOT_FOUND', `${this.name} has no application`);
    const { app, appServers } = this.stack;
    const nothingRuns = Object.values(appServers).every(({ pid }) => pid === undefined);
    if (mode === 'standby' && nothingRuns) await app.prepareMode(mode);
    else await app.switchMode(mode);
  }

  isRunning(component: Component): boolean {
    return this.serversOf(component).every(({ state }) => state === 'running' || state === 'starting');
  }

  /** `kill -9` of every process of the site at once. */
  async kill(): Promise<void> {
    await killTrees(this.pids);
    await Promise.all(this.servers.map((server) => server.kill()));
  }

  async powerOff(): Promise<void> {
    this.powered = false;
    await this.kill();
  }

  /**
   * Power back and every server started; what may not start stays down and says why. Throws what else went wrong. One after another:
   * the sites share one machine here, and those that serve must not look lost because another one starts.
   */
  async revive(): Promise<void> {
    this.powered = true;
    let problem: DrError | undefined;
    for (const component of this.present) {
      const ended = await this.startComponent(component).catch((error: unknown) => DrError.from(error));
      if (ended !== undefined && ended.code !== 'EPOCH_MISMATCH') problem ??= ended;
    }
    if (problem !== undefined) throw problem;
  }

  /** Ends everything at once; what is being started ends with it. */
  async shutDown(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.shutDown()));
  }

  private createStack(site: FullSiteName): Stack {
    const { ports, folders, programs, secrets, guard, onChange } = this.options;
    const shared = { site, ports, folders, programs, secrets };
    const index = fullSiteNames.indexOf(site);
    const postgres = new PostgresSite(shared);
    const redis = new RedisSite({ ...shared, follows: fullSiteNames[index - 1] });
    const app = new SampleApp(shared);
    const appServer = (program: AppProgram): SiteServer =>
      new SiteServer({ name: `${program} of ${site}`, launch: () => app.launch(program), onChange });
    return {
      postgres,
      postgresServer: new SiteServer({
        name: `postgres of ${site}`,
        launch: () => postgres.launch(),
        guard: () => guard({ site, component: 'postgres', dataDir: postgres.dataDir }),
        onChange,
      }),
      redis,
      redisServer: new SiteServer({
        name: `redis of ${site}`,
        launch: (verdict) => redis.launch(verdict),
        guard: () => guard({ site, component: 'redis', dataDir: redis.dataDir }),
        onChange,
      }),
      app,
      appServers: Object.fromEntries(appPrograms.map((name) => [name, appServer(name)])) as Stack['appServers'],
    };
  }

  private async launchS3(): Promise<RunningServer> {
    const { ports, folders, programs, secrets } = this.options;
    const site = await startS3Site({
      site: this.name,
      dataDir: join(folders.site(this.name), 's3'),
      port: ports.sites[this.name].s3.behind,
      accessKeyId: secrets.s3AccessKeyId,
      secretAccessKey: secrets.s3SecretAccessKey,
      bucket: this.bucket,
      programs,
      logFile: folders.log(`s3-${this.name}`),
      launcher: diesWithItsStarter,
    });
    const stop = (): Promise<void> => site.stop();
    return { pid: site.pid, exited: site.exited, ready: () => Promise.resolve(), stop, shutDown: stop };
  }
}

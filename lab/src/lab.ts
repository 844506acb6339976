import type { Server } from 'node:net';
import { DrError, type Estate } from '@novacron/contracts';
import { describeLab } from './lab-description.js';
import { type LabFile, LabFileWriter } from './lab-file.js';
import type { LabOptions, LabSetting } from './lab-setting.js';
import { type LabPorts, type SiteName, siteNames } from './layout/ports.js';
import type { LabFolders } from './layout/folders.js';
import { LabNetwork } from './network/lab-network.js';
import type { SupervisedProcess } from './processes/supervised-process.js';
import { Router } from './servers/haproxy.js';
import { labServices, serviceNames, type ServiceProcess } from './servers/services.js';
import { corruptObject } from './sites/corrupt-object.js';
import { type Component, Site } from './sites/site.js';
import { guardOf } from './sites/start-guard.js';

/**
 * A whole estate of real servers under this process: four sites behind their fronts, a router, a DNS server, an inbox, the
 * bus, and the control plane's services. Faults are methods, and throw NOT_FOUND for a site that does not exist. However this process ends, its servers end with it.
 */
export class Lab {
  /** Whether this lab has object stores and an inbox. */
  readonly stores: boolean;
  readonly network: LabNetwork;
  readonly sites: Readonly<Record<SiteName, Site>>;
  readonly router: Router;
  readonly services: readonly ServiceProcess[];
  /** What `bringUp` opened, for `stop` to close. */
  readonly supervised: SupervisedProcess[] = [];
  readonly witnesses: Server[] = [];
  /** Sites on which nobody starts, stops or switches off anything for the control plane. */
  readonly withoutAgent = new Set<SiteName>();
  control?: { close(): Promise<void> };
  private readonly fileWriter: LabFileWriter;

  /** One that does not run yet: `startLab` brings it up. */
  constructor(
    readonly setting: LabSetting,
    options: LabOptions,
  ) {
    const { ports, folders, programs, programsFile, estate, secrets } = setting;
    this.stores = options.stores ?? true;
    const onChange = (): void => this.fileWriter.changed();
    const guardEnv = { DR_PROGRAMS: programsFile, DR_NATS_URL: setting.bus.url };
    const guard = options.guard ?? guardOf({ node: programs.node, estateFile: folders.estateFile, env: guardEnv });
    const site = (name: SiteName): Site =>
      new Site({ name, estate, ports, folders, programs, secrets, guard, stores: this.stores, onChange });
    this.sites = { primary: site('primary'), secondary: site('secondary'), dr: site('dr'), archive: site('archive') };
    this.network = new LabNetwork(ports, (name) => this.sites[name].pids);
    this.router = new Router({ ports, folders, programs, onChange });
    const { services } = options;
    const wanted = services === true ? serviceNames : services === false ? [] : services;
    this.services = labServices({ ports, folders, programs, programsFile, bus: setting.bus, onChange }).filter(
      ({ service }) => wanted.includes(service),
    );
    this.fileWriter = new LabFileWriter(folders.labFile, () => this.file());
  }

  get folders(): LabFolders {
    return this.setting.folders;
  }

  get ports(): LabPorts {
    return this.setting.ports;
  }

  get estate(): Estate {
    return this.setting.estate;
  }

  /** Where everything is now, as `.lab/lab.json` has it. */
  file(): LabFile {
    return describeLab(this);
  }

  /** Resolves once `.lab/lab.json` says what is so now. */
  written(): Promise<void> {
    return this.fileWriter.flush();
  }

  /** `kill -9` of every process of the site; it stays dead until `revive`. */
  async kill(site: string): Promise<void> {
    await this.sites[siteNamed(site)].kill();
    await this.fileWriter.flush();
  }

  /** Kills the site and takes its power away, so that nothing there starts before `revive`. */
  async powerOff(site: string): Promise<void> {
    await this.sites[siteNamed(site)].powerOff();
    await this.fileWriter.flush();
  }

  /** Starts every server of the site that may start; one that may not stays quarantined. */
  async revive(site: string): Promise<void> {
    await this.sites[siteNamed(site)].revive();
    await this.fileWriter.flush();
  }

  partition(site: string): Promise<void> {
    return this.network.partition(siteNamed(site));
  }

  heal(site: string): Promise<void> {
    return this.network.heal(siteNamed(site));
  }

  slow(site: string, delayMs: number): Promise<void> {
    return this.network.slow(siteNamed(site), delayMs);
  }

  /** Flips one bit of a stored backup object on the site's disk, and says which. Throws NOT_FOUND when there is none. */
  corrupt(site: string): Promise<string> {
    return corruptObject(this.setting, this.sites[siteNamed(site)]);
  }

  async startComponent(site: string, component: Component): Promise<void> {
    await this.sites[siteNamed(site)].startComponent(component);
    await this.fileWriter.flush();
  }

  async stopComponent(site: string, component: Component): Promise<void> {
    await this.sites[siteNamed(site)].stopComponent(component);
    await this.fileWriter.flush();
  }

  /** Ends everything; `.lab` stays, to be looked at or used again. */
  async stop(): Promise<void> {
    await this.stopServers();
    await this.setting.lock.release();
  }

  /** Ends what runs by now; the folder and the ports stay ours. */
  async stopServers(): Promise<void> {
    await Promise.all(this.services.map(({ process }) => process.stop()));
    this.network.close();
    for (const witness of this.witnesses) witness.close();
    await this.control?.close();
    await Promise.all([
      ...Object.values(this.sites).map((site) => site.shutDown()),
      ...this.supervised.map((process) => process.stop()),
      this.router.stop(),
    ]);
    await this.fileWriter.flush();
  }
}

/** A site's name as a user typed it. Throws NOT_FOUND with what exists. */
export function siteNamed(name: string): SiteName {
  const found = siteNames.find((site) => site === name);
  if (found !== undefined) return found;
  throw new DrError('NOT_FOUND', `there is no site ${JSON.stringify(name)}`, {
    hint: `one of: ${siteNames.join(', ')}`,
  });
}

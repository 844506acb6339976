import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError, type Estate } from '@novacron/contracts';
import { copyEstate } from './layout/estate-copy.js';
import { type LabFolders, labFolders } from './layout/folders.js';
import { type LabLock, lockLab } from './layout/lab-lock.js';
import { requireFreePorts } from './layout/port-holders.js';
import { type LabPorts, labPorts, portUses } from './layout/ports.js';
import { type LabPrograms, programsFileFrom, readPrograms } from './layout/programs.js';
import { createSecrets, type LabSecrets } from './layout/secrets.js';
import { type LabBus, natsUrl, type ServiceName } from './servers/services.js';
import type { StartGuard } from './sites/start-guard.js';

export interface LabOptions {
  /** Such as `.lab`. What an earlier lab left there is replaced, but for `setup`. */
  readonly dir: string;
  readonly portBase?: number;
  /** Whether to run the control plane's services too, or which of them. */
  readonly services: boolean | readonly ServiceName[];
  /** Without object stores and inbox the lab is up sooner, for what needs neither (default: with both). */
  readonly stores?: boolean;
  /** A bus that runs already, such as a cluster; the lab's own single server unless given. */
  readonly bus?: LabBus;
  /** Changes the estate file's text before anyone reads it, such as its intervals. */
  readonly estate?: (text: string) => string;
  /** Told of progress, a line at a time. */
  readonly log?: (line: string) => void;
  /** Interrupts the start: all that runs by then is ended, and `start` throws. */
  readonly signal?: AbortSignal;
  /** Asked before a site's database starts again; the failover service's guard unless given. */
  readonly guard?: StartGuard;
}

/** What a lab stands on, before anything runs. */
export interface LabSetting {
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  readonly programsFile: string;
  readonly secrets: LabSecrets;
  readonly estate: Estate;
  readonly lock: LabLock;
  readonly bus: LabBus;
  /** Whether the lab runs the bus itself. */
  readonly ownBus: boolean;
}

/** What only set-up makes, and what a drill leaves for people to look at until the next one. */
const kept = new Set(['setup', 'lab.lock', 'drill-report.json', 'drill-report.html']);

/** Claims the folder and the ports, and puts everything into place that the servers read. */
export async function prepareLab(options: LabOptions): Promise<LabSetting> {
  if (process.getuid?.() === 0) {
    throw new DrError('INVALID_CONFIG', 'a lab cannot run as root, which PostgreSQL refuses', {
      hint: 'start it with npm, which gives up root’s rights first',
    });
  }
  const folders = labFolders(options.dir);
  const ports = labPorts(options.portBase);
  const programsFile = programsFileFrom(process.env);
  const programs = await readPrograms(programsFile);
  await mkdir(folders.root, { recursive: true });
  const lock = await lockLab(folders.root);
  try {
    await requireFreePorts(portUses(ports));
    await clear(folders.root);
    await Promise.all(
      [folders.logs, folders.services, folders.bin].map((folder) => mkdir(folder, { recursive: true })),
    );
    const secrets = await createSecrets(folders);
    const estate = await copyEstate(folders, ports.base, options.estate);
    const bus = options.bus ?? { url: natsUrl(ports), replicas: 1 };
    return { ports, folders, programs, programsFile, secrets, estate, lock, bus, ownBus: options.bus === undefined };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function clear(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !kept.has(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

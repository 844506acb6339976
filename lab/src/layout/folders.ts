import { join, resolve } from 'node:path';
import type { SiteName } from './ports.js';

/** The project's folder, from `lab/src/layout` and `lab/dist/layout` alike. */
export const projectFolder = resolve(import.meta.dirname, '../../..');

/** A program of the lab's own that runs as a process: always the built one, also when a test took us from our source. */
export function compiled(program: string): string {
  return join(projectFolder, 'lab/dist', program);
}

/** What a lab keeps where. Everything but `setup` is made anew at every start. */
export interface LabFolders {
  readonly root: string;
  readonly setup: string;
  readonly secrets: string;
  readonly logs: string;
  readonly sites: string;
  readonly inbox: string;
  readonly nats: string;
  readonly router: string;
  readonly dns: string;
  readonly services: string;
  readonly bin: string;
  readonly estateFile: string;
  readonly labFile: string;
  readonly acknowledgedFile: string;
  site(name: SiteName): string;
  log(name: string): string;
  secret(name: string): string;
}

export function labFolders(root: string): LabFolders {
  const at = (...parts: string[]): string => join(root, ...parts);
  return {
    root,
    setup: at('setup'),
    secrets: at('secrets'),
    logs: at('logs'),
    sites: at('sites'),
    inbox: at('inbox'),
    nats: at('nats'),
    router: at('router'),
    dns: at('dns'),
    services: at('services'),
    bin: at('bin'),
    estateFile: at('estate.yaml'),
    labFile: at('lab.json'),
    acknowledgedFile: at('acknowledged.log'),
    site: (name) => at('sites', name),
    log: (name) => at('logs', `${name}.log`),
    secret: (name) => at('secrets', name),
  };
}

/** `DR_LAB_DIR`, else `.lab` in the project's folder. */
export function labFolderFrom(env: NodeJS.ProcessEnv): string {
  return resolve(env.DR_LAB_DIR || join(projectFolder, '.lab'));
}

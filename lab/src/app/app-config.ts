import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the three programs of a site's application are started with: a file, since it holds passwords. */
export interface AppConfig {
  readonly site: string;
  readonly port: number;
  /** The site's way to the router: wherever the primary is now. */
  readonly database: { readonly port: number; readonly password: string };
  readonly redis: { readonly port: number; readonly password: string };
  /** Where the programs of one site meet: mode and heartbeats. */
  readonly folder: string;
  readonly adminToken: string;
}

/** In standby a site's programs run, and answer for their health, but do none of the estate's work. */
export const appModes = ['active', 'standby'] as const;
export type AppMode = (typeof appModes)[number];

export async function readAppConfig(file: string | undefined): Promise<AppConfig> {
  if (file === undefined) throw new Error('usage: node PROGRAM.js CONFIG.json');
  return JSON.parse(await readFile(file, 'utf8')) as AppConfig;
}

const modeFile = (folder: string): string => join(folder, 'mode');

export async function readMode(folder: string): Promise<AppMode> {
  const text = await readFile(modeFile(folder), 'utf8').catch(() => '');
  return text === 'active' ? 'active' : 'standby';
}

/** Whole or not at all: the siblings read it at any time. */
export async function writeMode(folder: string, mode: AppMode): Promise<void> {
  await writeFile(`${modeFile(folder)}.new`, mode);
  await rename(`${modeFile(folder)}.new`, modeFile(folder));
}

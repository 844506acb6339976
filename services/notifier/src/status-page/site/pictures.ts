import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SiteFile, siteFile } from './site-file.js';

const folder = join(import.meta.dirname, '../../../pictures');

/** The pictures that other pages show beside a link to ours, one for each state. */
export async function loadPictures(): Promise<readonly SiteFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.png'));
  return Promise.all(names.map(async (name) => siteFile(`pictures/${name}`, await readFile(join(folder, name)))));
}

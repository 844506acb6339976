import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What the newest (by name) of the folder's entries that match takes, with all that is in it. */
export function newestEntryBytes(folder: string, matches: (name: string) => boolean): number {
  const name = readdirSync(folder).filter(matches).sort().at(-1);
  return name === undefined ? Number.NaN : bytesOf(join(folder, name));
}

function bytesOf(path: string): number {
  const info = lstatSync(path);
  if (!info.isDirectory()) return info.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

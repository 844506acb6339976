import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Of servers with segments of the usual size; there are no others whose WAL is received. */
const segmentBytes = 16 * 1024 * 1024;

/**
 * pg_receivewal fills a new segment with zeros before it writes to it. Where the disc was full in the middle of that, it refuses the short file
 * at each later start ("should be 0 or 16777216"), for ever. Such a file holds no WAL: it is emptied, and the receiver goes on with it.
 * Only while no receiver runs in the folder. Returns the names.
 */
export function emptyBrokenOff(folder: string): string[] {
  const partial = readdirSync(folder).filter((name) => /^[0-9A-F]{24}\.partial$/u.test(name));
  return partial.filter((name) => {
    const path = join(folder, name);
    const { size } = statSync(path);
    if (size === 0 || size >= segmentBytes) return false;
    truncateSync(path);
    return true;
  });
}

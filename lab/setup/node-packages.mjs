import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root } from './places.mjs';
import { run } from './processes.mjs';

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, peer?: boolean }} LockedPackage */

/**
 * True when what is installed is what package-lock.json asks for. npm writes the inner lock file last, so a run that was
 * cut short is not mistaken for a whole one. Packages for other platforms are absent by right.
 * @param {string} folder
 */
function upToDate(folder) {
  const inner = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(node) || !existsSync(inner)) return false;
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const installed = packagesOf(inner);
  return Object.entries(wanted)
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, entry]) => {
      const found = installed[path];
      if (!found) return Boolean(entry.optional || entry.peer);
      return found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link;
    });
}

/** @param {string} file @returns {Record<string, LockedPackage>} */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/** @type {import('./parts.mjs').Part} */
export const nodePackages = {
  name: 'node packages',
  ready: () => upToDate(root),
  prepare: async () => {
    await run('npm', ['ci', '--loglevel=error'], { env: { npm_config_loglevel: 'error', NODE_ENV: undefined } });
    if (!existsSync(node)) await run('npm', ['rebuild', 'node', '--loglevel=error']);
  },
  programs: () => ({ node }),
};

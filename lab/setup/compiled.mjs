import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root, setupFolder } from './places.mjs';
import { run } from './processes.mjs';

const stampFile = join(setupFolder, 'build.stamp');

/** Workspaces with a tsconfig, as the root tsconfig names them. @returns {string[]} */
function projects() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.map(({ path }) => path);
}

/** A digest of path, size and time of everything that the compiler reads, or undefined where output is missing. */
function stamp() {
  const workspaces = projects();
  if (!workspaces.every((path) => existsSync(join(root, path, 'dist/tsconfig.tsbuildinfo')))) return undefined;
  const files = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json']
    .concat(workspaces.flatMap((path) => [`${path}/package.json`, `${path}/tsconfig.json`]))
    .concat(workspaces.flatMap((path) => sourcesIn(`${path}/src`)));
  const digest = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    digest.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return digest.digest('hex');
}

/** @param {string} folder */
function sourcesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|json)$/.test(name) && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folder, name));
}

/** @type {import('./parts.mjs').Part} */
export const compiled = {
  name: 'build',
  ready: () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp(),
  prepare: async () => {
    await run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
    mkdirSync(setupFolder, { recursive: true });
    writeFileSync(stampFile, stamp() ?? '');
  },
  programs: () => ({}),
};

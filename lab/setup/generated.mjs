/**
 * Checks that the committed generated files are what the generator makes today: it is run, and every file that it made,
 * changed or removed is named. What it changed stays, to be committed.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, root } from './places.mjs';
import { run } from './processes.mjs';

/** Where generated files are kept. */
const folders = ['libs/contracts', 'docs', 'deploy'];

/** @returns {Map<string, string>} a digest of each file */
function snapshot() {
  const files = folders
    .flatMap((folder) => filesIn(folder))
    .filter((file) => !/(^|\/)(dist|node_modules)\//.test(file));
  return new Map(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(root, file)))
        .digest('hex'),
    ]),
  );
}

/** @param {string} folder */
function filesIn(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  } catch {
    return [];
  }
}

const before = snapshot();
await run(node, [join(root, 'libs/contracts/dist/generate/main.js')]);
const after = snapshot();
const files = new Set([...before.keys(), ...after.keys()]);
const stale = [...files].filter((file) => before.get(file) !== after.get(file));
for (const file of stale) console.error(`not what the generator makes: ${file}`);
if (stale.length > 0) console.error('run npm run generate and commit what it changed');
process.exitCode = stale.length > 0 ? 1 : 0;

/** `npm run estate:check FILE`: every problem of an estate file, each with its line and column. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseEstate } from '@novacron/contracts';
import { runCommand, usageError } from './run-command.js';

const usage = 'usage: npm run estate:check FILE';

await runCommand('estate:check', async () => {
  const [file, ...more] = process.argv.slice(2);
  if (file === '--help' || file === '-h') {
    console.log(usage);
    return 0;
  }
  if (file === undefined || more.length > 0) {
    console.error(usage);
    return usageError;
  }
  // npm runs scripts in the project's folder, and tells where the user was.
  const path = resolve(process.env.INIT_CWD ?? '.', file);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    console.error(`estate:check: cannot read ${file}: ${(error as Error).message}`);
    return 1;
  }
  const { estate, problems, hash } = parseEstate(text);
  for (const { line, column, path: at, message } of problems) {
    console.error(`${file}:${line}:${column} ${at === '' ? '' : `${at}: `}${message}`);
  }
  if (estate === undefined) {
    console.error(`${file}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
    return 1;
  }
  const databases = estate.databases.length;
  console.log(
    `${file}: ok (${estate.sites.length} sites, ${estate.services.length} services, ${databases} database${databases === 1 ? '' : 's'}, hash ${hash.slice(0, 12)})`,
  );
  return 0;
});

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { browser } from './browser.mjs';
import { compiled } from './compiled.mjs';
import { withLock } from './lock.mjs';
import { ordinaryUser } from './ordinary-user.mjs';
import { codeParts, labParts } from './parts.mjs';
import { pgbouncer } from './pgbouncer.mjs';
import { postgres17 } from './postgres-17.mjs';
import { programsFile, setupFolder } from './places.mjs';

/** @typedef {import('./parts.mjs').Part} Part */

/**
 * Makes everything ready that is not, and says on standard error what it did and how long that took. Says nothing when
 * nothing was to be done.
 * @param {{ lab: boolean, build: boolean, browser?: boolean, testServers?: boolean }} needs whether the lab's servers, the compiled code,
 * the tests' browser, and servers that tests alone run are needed too
 */
export async function setUp({ lab, build, browser: browse = false, testServers = false }) {
  const started = Date.now();
  mkdirSync(setupFolder, { recursive: true });
  const parts = lab ? [...codeParts, ...labParts] : codeParts;
  // One at a time with the servers: both come by apt.
  const last = [
    ...(build ? [compiled] : []),
    ...(browse ? [browser] : []),
    ...(testServers ? [postgres17, pgbouncer] : []),
  ];
  if (![...parts, ...last].every((part) => part.ready())) {
    await withLock(async () => {
      await prepare(parts);
      await prepare(last);
    });
    say(`ready in ${seconds(started)}`);
  }
  if (lab) writePrograms([...parts, postgres17, pgbouncer]);
}

/** Prepares what is not ready, all at once; when some fail, the others are still waited for. @param {Part[]} parts */
async function prepare(parts) {
  const results = await Promise.allSettled(parts.filter((part) => !part.ready()).map(prepareOne));
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw /** @type {PromiseRejectedResult} */ (failed).reason;
}

/** @param {Part} part */
async function prepareOne(part) {
  const started = Date.now();
  await part.prepare();
  say(`${part.name} … ${seconds(started)}`);
}

/** @param {Part[]} parts */
function writePrograms(parts) {
  const programs = Object.assign({}, ...parts.map((part) => part.programs()), { ordinaryUser: ordinaryUser() ?? null });
  const text = `${JSON.stringify(programs, null, 2)}\n`;
  if (text === readIfThere(programsFile)) return;
  writeFileSync(`${programsFile}.new`, text);
  renameSync(`${programsFile}.new`, programsFile);
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function say(text) {
  console.error(`set-up: ${text}`);
}

/** @param {number} since */
function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

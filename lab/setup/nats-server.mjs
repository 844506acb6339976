import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fromNextRelease } from './next-release.mjs';
import { setupFolder } from './places.mjs';
import { findProgram, isExecutable, SetupError } from './processes.mjs';

/** 2.10.20 to 2.10.22 lose streams when the process crashes; older ones ignore the reason of a `term`. */
const oldest = [2, 10, 23];

const folder = join(setupFolder, 'nats');
const ours = join(folder, 'usr/sbin/nats-server');

/** @typedef {{ path: string, version: string }} Found */

/** @param {string} path @returns {Found | undefined} */
function ask(path) {
  try {
    const version = /\d+\.\d+\.\d+\S*/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0];
    return version ? { path, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a version is one that keeps what it acknowledged. @param {string} version */
export function newEnough(version) {
  const numbers = version.split(/[.-]/).map(Number);
  const first = oldest.findIndex((number, index) => numbers[index] !== number);
  return first === -1 || (numbers[first] ?? 0) > (oldest[first] ?? 0);
}

/** What the machine offers by itself: the one it was told to use, or the one on PATH. */
function installed() {
  const path = process.env.DR_NATS_SERVER ?? findProgram('nats-server');
  return path ? ask(path) : undefined;
}

/** @returns {Found | undefined} the server to use, if there is one that is new enough */
function usable() {
  const own = installed();
  if (own && newEnough(own.version)) return own;
  if (process.env.DR_NATS_SERVER) {
    const found = own ? `is version ${own.version}` : 'does not say its version';
    throw new SetupError(
      `DR_NATS_SERVER ${found}, nats-server ${oldest.join('.')} or newer is needed`,
      'unset it or name a newer one',
    );
  }
  return isExecutable(ours) ? ask(ours) : undefined;
}

function hint() {
  const own = installed();
  const found = own ? `${own.path} is version ${own.version}` : 'none was found on PATH';
  return `install nats-server ${oldest.join('.')} or newer (${found}), on PATH or named by DR_NATS_SERVER`;
}

/** @type {import('./parts.mjs').Part} */
export const natsServer = {
  name: 'nats-server',
  ready: () => usable() !== undefined,
  prepare: async () => {
    if (!findProgram('apt-get')) throw new SetupError('nats-server is missing, and there is no apt-get', hint());
    await fromNextRelease({ packages: ['nats-server'], folder, hint: hint() });
    const found = usable();
    if (!found || !newEnough(found.version))
      throw new SetupError(`the archive's nats-server is too old or does not run here`, hint());
  },
  programs: () => ({ natsServer: usable()?.path, natsServerVersion: usable()?.version }),
};

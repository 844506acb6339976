import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptSources, withSuite } from './apt-sources.mjs';
import { setupFolder } from './places.mjs';
import { findProgram, isExecutable, run, SetupError } from './processes.mjs';

/** 2.10.20 to 2.10.22 lose streams when the process crashes; older ones ignore the reason of a `term`. */
const oldest = [2, 10, 23];

/** The first Debian release whose nats-server is new enough. */
const suite = 'trixie';

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

/** The machine's own Debian archive: it also holds the releases to come. */
function debianArchive() {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]?.replaceAll('"', '');
  const debian = /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
  const source = aptSources().find(
    ({ suites, components }) => suites.includes(codename ?? '') && components.includes('main'),
  );
  if (!debian || !source) throw new SetupError('no Debian archive among the apt sources of this machine', hint());
  return source;
}

/**
 * An apt of its own beside the machine's: same archive, same keys, same verification, but nothing of the machine's package
 * state is touched and no privilege is needed.
 * @param {string} apt its folder
 */
function privateApt(apt) {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'sources'])
    mkdirSync(join(apt, name), { recursive: true });
  writeFileSync(join(apt, 'sources/next.sources'), withSuite(debianArchive(), suite));
  const settings = {
    'Dir::State': join(apt, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(apt, 'cache'),
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(apt, 'sources'),
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
  };
  const file = join(apt, 'apt.conf');
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** @type {import('./parts.mjs').Part} */
export const natsServer = {
  name: 'nats-server',
  ready: () => usable() !== undefined,
  prepare: async () => {
    if (!findProgram('apt-get')) throw new SetupError('nats-server is missing, and there is no apt-get', hint());
    const apt = join(setupFolder, 'apt');
    const configuration = privateApt(apt);
    await run('apt-get', ['-c', configuration, '-q', 'update']);
    await run('apt-get', ['-c', configuration, '-q', 'download', 'nats-server'], { cwd: apt });
    const archive = readdirSync(apt).find((name) => name.endsWith('.deb'));
    if (!archive) throw new SetupError('apt-get downloaded no nats-server', hint());
    rmSync(folder, { recursive: true, force: true });
    await run('dpkg', ['-x', join(apt, archive), folder]);
    rmSync(apt, { recursive: true, force: true });
    const found = usable();
    if (!found || !newEnough(found.version))
      throw new SetupError(`the archive's nats-server is too old or does not run here`, hint());
  },
  programs: () => ({ natsServer: usable()?.path, natsServerVersion: usable()?.version }),
};

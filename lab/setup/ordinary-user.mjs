import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { node, root, runtimeFolder } from './places.mjs';
import { findProgram, SetupError } from './processes.mjs';

/**
 * What the ordinary user may keep of root's rights, least first. The second and third are for a project folder that only
 * root can enter (`/root` has mode 0700): the second lets it be read, the third is what containers have instead.
 */
const rights = ['-all', '-all,+dac_read_search', '-all,+dac_override'];

/** A number of the user postgres. @param {'-u' | '-g'} flag */
function id(flag) {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

/** @returns {{ name: string, uid: number, gid: number } | undefined} undefined when we are not root anyway */
export function ordinaryUser() {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return { name: 'postgres', uid: id('-u'), gid: id('-g') };
  } catch {
    throw new SetupError(
      'running as root, and there is no user postgres to run the servers as',
      'PostgreSQL refuses to run as root: install it from its Debian package',
    );
  }
}

/**
 * The words to put before a command so that it runs without root's rights and is told to stop when its starter dies:
 * PostgreSQL refuses root, and nothing else needs it. The runtime folder is handed to that user.
 * @returns {{ prefix: string[], env: Record<string, string> }}
 */
export function asOrdinaryUser() {
  mkdirSync(runtimeFolder, { recursive: true });
  const setpriv = findProgram('setpriv');
  const user = ordinaryUser();
  if (!user) return { prefix: setpriv ? [setpriv, '--pdeathsig', 'TERM', '--'] : [], env: {} };
  if (!setpriv)
    throw new SetupError('setpriv is missing', 'install the package util-linux, or run as an ordinary user');
  chownSync(runtimeFolder, user.uid, user.gid);
  const env = { HOME: runtimeFolder, USER: user.name, LOGNAME: user.name };
  for (const kept of rights) {
    const prefix = [setpriv, '--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups', '--no-new-privs'];
    // Without this bit access(2) answers as if the kept right were not there.
    if (kept !== '-all') prefix.push('--securebits', '+no_setuid_fixup');
    prefix.push('--inh-caps', kept, '--ambient-caps', kept, '--bounding-set', kept, '--pdeathsig', 'TERM', '--');
    if (canWork(prefix)) return { prefix, env };
  }
  throw new SetupError(
    `the user ${user.name} cannot enter ${root}`,
    'put the project in a folder that others may read, or run as an ordinary user',
  );
}

/**
 * Whether a process with these rights can read the project and write the runtime folder. By absolute paths: a relative one
 * would not pass through the folders above.
 * @param {string[]} prefix
 */
function canWork([program = '', ...args]) {
  const script = `const fs = require('node:fs'); const [project, runtime] = process.argv.slice(1);
    fs.readFileSync(project + '/package.json'); fs.accessSync(runtime, fs.constants.W_OK | fs.constants.X_OK);`;
  return spawnSync(program, [...args, node, '-e', script, root, runtimeFolder], { stdio: 'ignore' }).status === 0;
}

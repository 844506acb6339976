import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { aptSources, withSuite } from './apt-sources.mjs';
import { setupFolder } from './places.mjs';
import { findProgram, run, SetupError } from './processes.mjs';

/** The first Debian release whose packages are new enough for us. */
const suite = 'trixie';

/**
 * Packages of the next Debian release, unpacked into a folder of ours and verified by apt as usual.
 * @param {{ packages: string[], folder: string, hint: string }} options the hint says what to install where this cannot be done
 */
export async function fromNextRelease({ packages, folder, hint }) {
  if (!findProgram('apt-get')) throw new SetupError(`${packages[0]} is missing, and there is no apt-get`, hint);
  const apt = join(setupFolder, `apt-${basename(folder)}`);
  const configuration = privateApt(apt, hint);
  await run('apt-get', ['-c', configuration, '-q', 'update']);
  await run('apt-get', ['-c', configuration, '-q', 'download', ...packages], { cwd: apt });
  const archives = readdirSync(apt).filter((name) => name.endsWith('.deb'));
  if (archives.length < packages.length) throw new SetupError(`apt-get did not download ${packages.join(' ')}`, hint);
  rmSync(folder, { recursive: true, force: true });
  for (const archive of archives) await run('dpkg', ['-x', join(apt, archive), folder]);
  rmSync(apt, { recursive: true, force: true });
}

/** The machine's own Debian archive: it also holds the releases to come. @param {string} hint */
function debianArchive(hint) {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]?.replaceAll('"', '');
  const debian = /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
  const source = aptSources().find(
    ({ suites, components }) => suites.includes(codename ?? '') && components.includes('main'),
  );
  if (!debian || !source) throw new SetupError('no Debian archive among the apt sources of this machine', hint);
  return source;
}

/**
 * An apt of its own beside the machine's: same archive, same keys, same verification, but nothing of the machine's package
 * state is touched and no privilege is needed.
 * @param {string} apt its folder @param {string} hint
 */
function privateApt(apt, hint) {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'sources'])
    mkdirSync(join(apt, name), { recursive: true });
  writeFileSync(join(apt, 'sources/next.sources'), withSuite(debianArchive(hint), suite));
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

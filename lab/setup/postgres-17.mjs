import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromNextRelease } from './next-release.mjs';
import { setupFolder } from './places.mjs';
import { isExecutable, run } from './processes.mjs';

const folder = join(setupFolder, 'postgresql-17');
const bin = join(folder, 'usr/lib/postgresql/17/bin');
/** Written last; names the folder that the programs were made for. */
const stamp = join(folder, 'made-for');

/** The server, its tools, and every library that they load: none of this release is new enough for them. */
const packages = [
  ...['postgresql-17', 'postgresql-client-17', 'libpq5', 'patchelf', 'libc6', 'libstdc++6', 'libgcc-s1'],
  ...['libssl3t64', 'zlib1g', 'liblz4-1', 'libzstd1', 'liblzma5', 'libxml2', 'libicu76', 'libxxhash0', 'libuuid1'],
  ...['libgssapi-krb5-2', 'libkrb5-3', 'libk5crypto3', 'libkrb5support0', 'libcom-err2', 'libkeyutils1'],
  ...['libldap2', 'libsasl2-2', 'libpam0g', 'libaudit1', 'libcap-ng0', 'libsystemd0', 'libcap2', 'libselinux1'],
  ...['libpcre2-8-0', 'libgcrypt20', 'libgpg-error0', 'libreadline8t64', 'libtinfo6'],
];

/** What no test looks at: half of the size, and a compiler that would need another hundred megabytes of libraries. */
const unused = [
  ...['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/lintian', 'etc'],
  ...['usr/lib/postgresql/17/lib/bitcode', 'usr/lib/postgresql/17/lib/llvmjit.so'],
];

/**
 * PostgreSQL 17 beside the machine's own, for tests of what only it can do (block-incremental backups). Tests alone need it: where it
 * cannot be had they are skipped by name.
 * @type {import('./parts.mjs').Part}
 */
export const postgres17 = {
  name: 'postgresql-17',
  ready: () => found() !== undefined,
  prepare: async () => {
    try {
      if (ownBin() !== undefined) return;
      await fromNextRelease({ packages, folder, hint: 'install the package postgresql-17' });
      for (const path of unused) rmSync(join(folder, path), { recursive: true, force: true });
      await useOwnLibraries();
      execFileSync(join(bin, 'postgres'), ['--version']);
      writeFileSync(stamp, folder);
    } catch (error) {
      console.error(
        `set-up: no PostgreSQL 17, tests that need it are skipped: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  },
  programs: () => ({ postgres17Bin: found() }),
};

/** The machine's own, where it has one. */
function ownBin() {
  const own = '/usr/lib/postgresql/17/bin';
  return isExecutable(join(own, 'postgres')) ? own : undefined;
}

function found() {
  const made = existsSync(stamp) && readFileSync(stamp, 'utf8') === folder;
  return ownBin() ?? (made ? bin : undefined);
}

/** Has the programs load the libraries that were unpacked with them; the machine's own packages are not touched. */
async function useOwnLibraries() {
  const libraries = readdirSync(join(folder, 'usr/lib'))
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(folder, 'usr/lib', name))[0];
  if (libraries === undefined) throw new Error('the packages brought no libraries');
  const loader = readdirSync(libraries).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
  if (loader === undefined) throw new Error('the packages brought no program loader');
  const interpreter = join(libraries, loader);
  const programs = readdirSync(bin)
    .map((name) => join(bin, name))
    .filter(isElf);
  // patchelf itself needs the new libraries, too.
  const patchelf = ['--library-path', libraries, join(folder, 'usr/bin/patchelf')];
  await run(interpreter, [
    ...patchelf,
    '--set-interpreter',
    interpreter,
    '--force-rpath',
    '--set-rpath',
    libraries,
    ...programs,
  ]);
}

/** @param {string} path */
function isElf(path) {
  const [file, magic] = [openSync(path, 'r'), Buffer.alloc(4)];
  try {
    readSync(file, magic);
    return magic.equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46]));
  } finally {
    closeSync(file);
  }
}

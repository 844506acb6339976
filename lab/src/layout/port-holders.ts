import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { DrError } from '@novacron/contracts';

const listening = '0A';

/**
 * Throws PORT_TAKEN, naming each port that is in use, what it is for, and the program that holds it where that can be
 * found (only root sees the programs of other users).
 */
export async function requireFreePorts(uses: readonly { port: number; use: string }[]): Promise<void> {
  const taken = (await Promise.all(uses.map(async (use) => ((await isFree(use.port)) ? [] : [use])))).flat();
  if (taken.length === 0) return;
  const details = await Promise.all(
    taken.map(async ({ port, use }) => {
      const holder = await holderOf(port);
      return { path: `port ${port}`, problem: `wanted for ${use}, held by ${holder ?? 'a program of another user'}` };
    }),
  );
  const [first] = details;
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  throw new DrError('PORT_TAKEN', `${first?.path} is in use: ${first?.problem}${more}`, {
    hint: 'stop that program, or move the whole lab: DR_LAB_PORT_BASE=25000',
    details,
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Such as `redis-server (pid 4711)`. */
async function holderOf(port: number): Promise<string | undefined> {
  const inodes = await listenInodes(port);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/u.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/u.exec(target)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
      return `${name.trim()} (pid ${pid})`;
    }
  }
  return undefined;
}

async function listenInodes(port: number): Promise<Set<string>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')),
  );
  const inodes = new Set<string>();
  for (const line of tables.join('\n').split('\n')) {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/u);
    if (state === listening && Number.parseInt(local.split(':')[1] ?? '', 16) === port) inodes.add(inode);
  }
  return inodes;
}

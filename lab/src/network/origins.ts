import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * The local TCP ports that these processes hold, from the kernel's tables: so a connection into one site is known to come
 * from another, such as that of a standby's WAL receiver.
 */
export async function localPortsOf(pids: readonly number[]): Promise<Set<number>> {
  const inodes = new Set<string>();
  await Promise.all(
    pids.map(async (pid) => {
      for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
        const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
        const inode = /^socket:\[(\d+)\]$/u.exec(target)?.[1];
        if (inode !== undefined) inodes.add(inode);
      }
    }),
  );
  const ports = new Set<number>();
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1)) {
    const [, local = '', , , , , , , , inode = ''] = line.trim().split(/\s+/u);
    if (inodes.has(inode)) ports.add(Number.parseInt(local.split(':')[1] ?? '', 16));
  }
  return ports;
}

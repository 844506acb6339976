import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { PostgresMember, requireProgram } from '@novacron/drivers';
import { freePort, ordinaryUser, temporaryFolder } from '@novacron/drivers/testing';

/** A mount of one's own needs a namespace of one's own, which not every machine gives to an ordinary user. */
export function canMount(): boolean {
  const tried = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {
    ...ordinaryUser(),
    stdio: 'ignore',
  });
  return tried.status === 0;
}

export interface SmallDisk {
  readonly member: PostgresMember;
  /** Leaves no byte of it free, as the server itself sees it. */
  fill(): Promise<void>;
  free(): Promise<void>;
  stop(): Promise<void>;
}

const admin = { user: 'dr_admin', password: 'none', database: 'postgres' };

/** PostgreSQL whose whole data directory is on a disk of its own of so many megabytes. */
export async function startOnSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = temporaryFolder('small-disk');
  const disk = join(folder.path, 'disk');
  mkdirSync(disk);
  const port = await freePort();
  const bin = requireProgram('postgresBin');
  const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = ordinaryUser() ?? {};
  // PostgreSQL refuses root, also the one that only this namespace knows: a second namespace gives it a name of its own.
  const server = `set -e
    ${bin}/initdb -D ${disk}/data -U ${admin.user} -A trust --wal-segsize=1 --no-sync -E UTF8 --locale=C.UTF-8
    mkdir ${disk}/own
    exec ${bin}/postgres -D ${disk}/data -p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \\
      -c shared_buffers=16MB -c max_connections=20 -c min_wal_size=2MB -c max_wal_size=16MB`;
  const mounted = `set -e
    mount -t tmpfs -o size=${megabytes}m none ${disk}
    exec unshare -U --map-user=${uid} --map-group=${gid} sh -c "$1"`;
  const child: ChildProcess = spawn('unshare', ['-Urm', '--kill-child', 'sh', '-c', mounted, 'sh', server], {
    ...ordinaryUser(),
    stdio: 'ignore',
    detached: true,
  });
  const member = new PostgresMember({ name: 'small', host: '127.0.0.1', port, ...admin });
  const stop = async (): Promise<void> => {
    try {
      // The group: what `unshare` became, and whatever it started.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
    await eventually(() => child.exitCode !== null || child.signalCode !== null, { timeoutMs: 20_000 });
    folder.remove();
  };
  try {
    await eventually(async () => (await member.status({ timeoutMs: 1_000 })).version > 0, {
      timeoutMs: 60_000,
      what: 'PostgreSQL',
    });
  } catch (error) {
    await stop();
    throw error;
  }
  let files = 0;
  const copy = (rows: number, file: number): Promise<unknown> =>
    member.query(`copy (select repeat('x', 1000) from generate_series(1, ${rows})) to '${disk}/own/fill-${file}'`, [], {
      timeoutMs: 60_000,
    });
  return {
    member,
    fill: async () => {
      // A file that finds no room may leave some of it to smaller ones.
      for (const rows of [megabytes * 1_100, 500, 50, 8]) {
        let fits = true;
        while (fits && files < 1_000)
          fits = await copy(rows, (files += 1)).then(
            () => true,
            () => false,
          );
      }
    },
    free: async () => {
      for (; files > 0; files -= 1) await copy(0, files);
    },
    stop,
  };
}

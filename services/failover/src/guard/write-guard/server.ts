import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runningPostmaster } from '@novacron/drivers';

const lookEveryMs = 20;

/** What a server does on a data directory: `standby` takes no writes, `stopped` nothing at all. */
export type ServerMode = 'primary' | 'standby' | 'stopped';

/** By what stands in the data directory, as PostgreSQL itself finds out: a promotion removes the signal files. */
export function serverMode(dataDir: string): ServerMode {
  if (runningPostmaster(dataDir) === undefined) return 'stopped';
  const recovers = ['standby.signal', 'recovery.signal'].some((name) => existsSync(join(dataDir, name)));
  return recovers ? 'standby' : 'primary';
}

/**
 * Ends the server of a data directory at once: an immediate shutdown, and SIGKILL to whatever of it is there after half of the
 * time. True once nothing of it runs; what it has acknowledged is on its disc.
 */
export async function closeServer(dataDir: string, withinMs: number): Promise<boolean> {
  const beganMs = performance.now();
  const elapsedMs = (): number => performance.now() - beganMs;
  const postmaster = runningPostmaster(dataDir);
  // SIGQUIT: backends are told to end without another word to their clients.
  if (postmaster !== undefined) signal(postmaster, 'SIGQUIT');
  while (elapsedMs() < withinMs) {
    const left = processesOf(dataDir);
    if (left.length === 0 && runningPostmaster(dataDir) === undefined) return true;
    // Also those that are stopped and cannot hear: backends outlive a postmaster that was killed.
    if (elapsedMs() > withinMs / 2) for (const pid of left) signal(pid, 'SIGKILL');
    await sleep(lookEveryMs);
  }
  return processesOf(dataDir).length === 0;
}

/** Every process that works in the data directory, as all of a server's do. */
function processesOf(dataDir: string): number[] {
  const folder = realpathSync(dataDir);
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) && pid !== process.pid && workingDirectory(pid) === folder ? [pid] : [];
  });
}

/** Empty for what has ended, and for what is another user's. */
function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pollUntil } from '@novacron/drivers';

const endTimeoutMs = 10_000;

/**
 * Ends programs that an earlier process of ours began on a directory and that have outlived it: a copy that still writes there
 * would spoil the one that is made anew. `isOurs` sees a program's name and its arguments.
 */
export async function endLeftovers(
  directory: string,
  isOurs: (name: string, args: readonly string[]) => boolean,
  signal?: AbortSignal,
): Promise<number> {
  const found = await programsOn(directory, isOurs);
  for (const pid of found) kill(pid);
  if (found.length === 0) return 0;
  const gone = async (): Promise<true | undefined> =>
    (await programsOn(directory, isOurs)).length === 0 ? true : undefined;
  await pollUntil(`the end of programs on ${directory}`, gone, { timeoutMs: endTimeoutMs, signal });
  return found.length;
}

/** What works on a stopped server's data directory; a server that runs there is none of these. */
export function rejoins(name: string, args: readonly string[]): boolean {
  return ['pg_rewind', 'pg_basebackup'].includes(name) || (name === 'postgres' && args.includes('--single'));
}

/** Every server on the directory, also one that has not written its pid file yet. */
export function serves(name: string): boolean {
  return name === 'postgres';
}

async function programsOn(
  directory: string,
  isOurs: (name: string, args: readonly string[]) => boolean,
): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const asked = pids.map(async (pid) => {
    // A process that has ended but was not waited for has no command line left.
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    return args.includes(directory) && isOurs(basename(program), args) ? [pid] : [];
  });
  return (await Promise.all(asked)).flat();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

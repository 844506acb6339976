import { readFile } from 'node:fs/promises';

/** Fields of /proc/PID/stat after the command name, which may itself hold spaces and brackets. */
async function statFields(pid: number | string): Promise<string[] | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks since boot; undefined when there is none (a zombie counts as gone). */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const fields = await statFields(pid);
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

/** The processes with all that descend from them: PostgreSQL's children are in process groups of their own. */
export async function withDescendants(roots: readonly number[]): Promise<number[]> {
  const nested = await Promise.all(
    roots.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
      return [pid, ...(await withDescendants(text.split(' ').filter(Boolean).map(Number)))];
    }),
  );
  return nested.flat();
}

/**
 * `kill -9` of the processes and all their descendants. They are stopped first, so that none can start another
 * between our look and our signal.
 */
export async function killTrees(roots: readonly number[]): Promise<void> {
  for (const pid of roots) signal(pid, 'SIGSTOP');
  const all = await withDescendants(roots);
  for (const pid of all) signal(pid, 'SIGKILL');
}

/** True when the process was there to be signalled. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

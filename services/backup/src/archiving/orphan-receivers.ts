import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';

const endTimeoutMs = 5_000;

/**
 * Ends every pg_receivewal that receives into this spool: one that outlived the process which had started it would hold the
 * replication slot. Recognised by its program and by our folder in its arguments, as the kernel lists them.
 * @throws DrError TIMEOUT when one does not end.
 */
export async function endOrphanReceivers(spoolFolder: string): Promise<number[]> {
  const orphans = await receiversInto(spoolFolder);
  for (const pid of orphans) signal(pid, 'SIGKILL');
  const deadline = performance.now() + endTimeoutMs;
  while ((await receiversInto(spoolFolder)).length > 0) {
    if (performance.now() > deadline) throw new DrError('TIMEOUT', 'a WAL receiver of a former process does not end');
    await sleep(20);
  }
  return orphans;
}

async function receiversInto(spoolFolder: string): Promise<number[]> {
  const names = await readdir('/proc').catch((): string[] => []);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/u.test(name))
      .map(async (pid) => {
        const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
        const ours = words.some((word) => word.startsWith(`${spoolFolder}/`));
        return ours && words[0]?.endsWith('pg_receivewal') === true ? [Number(pid)] : [];
      }),
  );
  return found.flat();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

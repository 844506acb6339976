import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { startTimeOf } from '../processes/process-tree.js';

interface Holder {
  readonly pid: number;
  /** In clock ticks since boot: a pid alone may belong to another process by now. */
  readonly startTime: string;
}

/** One lab at a time in a folder. */
export interface LabLock {
  release(): Promise<void>;
}

/** Throws ALREADY_RUNNING with the pid of the one that runs; takes over from a process that is gone. */
export async function lockLab(folder: string): Promise<LabLock> {
  const file = join(folder, 'lab.lock');
  const mine: Holder = { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '' };
  for (;;) {
    try {
      await writeFile(file, JSON.stringify(mine), { flag: 'wx' });
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = await runningLab(folder);
    if (pid !== undefined) {
      throw new DrError('ALREADY_RUNNING', `a lab is running already in ${folder} (pid ${pid})`, {
        hint: `stop it with Ctrl-C where it runs, or: kill ${pid}`,
      });
    }
    await rm(file, { force: true });
  }
}

/** The pid of the process that runs the lab of this folder, undefined when there is none. */
export async function runningLab(folder: string): Promise<number | undefined> {
  try {
    const holder = JSON.parse(await readFile(join(folder, 'lab.lock'), 'utf8')) as Holder;
    return (await startTimeOf(holder.pid)) === holder.startTime ? holder.pid : undefined;
  } catch {
    return undefined;
  }
}

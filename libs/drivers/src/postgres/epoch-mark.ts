import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import type { Query } from './access.js';

/** Where the mark stands: a setting of nobody's, in the file that ALTER SYSTEM keeps in the data directory. */
const file = 'postgresql.auto.conf';
const marked = /^dr\.epoch = '(?<epoch>\d+)'$/mu;

/**
 * Notes in the server's data directory that the estate has epochs, and the newest that this primary has had: it can be read while
 * the server is stopped, and is no part of what replication copies. A newer mark is left as it is.
 */
export async function markEpoch(query: Query, epoch: number): Promise<void> {
  const [row] = await query<{ epoch: string | null }>("select current_setting('dr.epoch', true) as epoch");
  if (Number(row?.epoch ?? '') >= epoch) return;
  // ALTER SYSTEM takes a setting of no extension only where the session has it already (before PostgreSQL 17).
  await query(`set dr.epoch = '${epoch}'`);
  await query(`alter system set dr.epoch = '${epoch}'`);
  await query('reset dr.epoch');
  await query('select pg_reload_conf()');
}

/**
 * The mark in a data directory whose server is stopped; undefined where there is none.
 * @throws DrError UNREACHABLE when the file is there and cannot be read: not knowing is not "none".
 */
export async function epochMarkIn(dataDir: string): Promise<number | undefined> {
  try {
    const epoch = marked.exec(await readFile(join(dataDir, file), 'utf8'))?.groups?.['epoch'];
    return epoch === undefined ? undefined : Number(epoch);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DrError('UNREACHABLE', `the mark of the epoch in ${dataDir} cannot be read`, { cause: error });
  }
}

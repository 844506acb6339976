import { DrError } from '@novacron/contracts';
import type pg from 'pg';
import type { Query } from './access.js';
import { readEpoch, writeEpoch } from './fencing-table.js';
import { promote, type Promotion } from './promotion.js';
import {
  alterSystem,
  parseSynchronousStandbyNames,
  resetSystem,
  synchronousStandbyNames,
  untilShown,
} from './settings.js';
import { readStatus } from './status.js';

interface Wait {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Who may write to a database: one operation in one epoch. */
export interface EpochHolder {
  readonly epoch: number;
  readonly operationId: string;
}

/** No server is called so: a commit that waits for it is acknowledged to nobody. */
export const noStandby = 'closed-to-writes';

/**
 * Nobody writes who does not ask for more than the default, and who does gets no acknowledgement, so that nothing which is taken
 * back was ever promised. The server's own housekeeping waits too: what is written by then was written by somebody.
 */
const closed = {
  synchronous_standby_names: synchronousStandbyNames([noStandby]),
  autovacuum: 'off',
  default_transaction_read_only: 'on',
};

/**
 * Closes a standby that is to be promoted, ahead of its promotion, so that nobody waits for the reload then. A server that is no
 * standby is left as it is. See {@link stayStandby}.
 */
export async function closeStandby(query: Query, client: pg.Client, wait: Wait): Promise<void> {
  const { inRecovery } = await readStatus(query);
  if (inRecovery) await alterSystem(query, client, closed, wait);
}

/**
 * Ends recovery in a server that stays closed: transactions that do not ask for more are read-only, from before its promotion on
 * until {@link openForWrites}. The epoch's row is the last thing that is written. Repeated, it goes on where it was. Throws
 * STALE_TOKEN when the database has seen a newer epoch.
 */
export async function promoteClosed(
  query: Query,
  client: pg.Client,
  holder: EpochHolder,
  wait: Wait,
): Promise<Promotion> {
  const { inRecovery } = await readStatus(query);
  // What was promoted by an earlier try is closed already.
  if (inRecovery && !(await isClosed(query))) await alterSystem(query, client, closed, wait);
  const promotion = await promote(query, wait);
  const held = await readEpoch(query);
  // Never written twice: the row's age says what was written since.
  if (held?.epoch === holder.epoch && held.operationId === holder.operationId) return promotion;
  await query('set default_transaction_read_only = off; set synchronous_commit = local');
  await writeEpoch(query, holder.epoch, holder.operationId);
  await query('reset default_transaction_read_only; reset synchronous_commit');
  return promotion;
}

/**
 * Opens a promoted server to writes; open already, it stays so. Its commits wait for nobody until standbys have joined. Throws
 * STALE_TOKEN unless it holds the epoch.
 */
export async function openForWrites(
  query: Query,
  client: pg.Client,
  { epoch, operationId }: EpochHolder,
  wait: Wait,
): Promise<void> {
  const held = await readEpoch(query);
  if (held?.epoch !== epoch || held.operationId !== operationId) {
    const holder = held === undefined ? 'no epoch' : `epoch ${held.epoch} of ${held.operationId}`;
    throw new DrError('STALE_TOKEN', `the database holds ${holder}, not ${epoch} of ${operationId}`);
  }
  const [setting] = await query<{ names: string }>("select current_setting('synchronous_standby_names') as names");
  if (parseSynchronousStandbyNames(setting?.names ?? '').names.includes(noStandby)) {
    await query('alter system reset autovacuum');
    await query('alter system reset default_transaction_read_only');
    // One reload for all of them: customers wait.
    await alterSystem(query, client, { synchronous_standby_names: '' }, wait);
    return untilShown(query, 'default_transaction_read_only', 'off', wait);
  }
  await resetSystem(query, 'default_transaction_read_only', 'off', wait);
}

/**
 * The last means against a server that nobody can stop: its sessions end, and it is closed as a promoted one is. Only
 * {@link openForWrites} opens it again.
 */
export async function closeToWrites(query: Query, client: pg.Client, wait: Wait): Promise<void> {
  await alterSystem(query, client, closed, wait);
  await query(
    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
}

async function isClosed(query: Query): Promise<boolean> {
  const shown = Object.keys(closed).map((name) => `current_setting('${name}') as ${name}`);
  const [row] = await query<Record<string, string>>(`select ${shown.join(', ')}`);
  return Object.entries(closed).every(([name, value]) => row?.[name] === value);
}

/** Takes the closing of {@link closeStandby} and {@link promoteClosed} back in a server that is a standby after all. */
export async function stayStandby(query: Query, wait: Wait): Promise<void> {
  await query('alter system reset autovacuum');
  await resetSystem(query, 'default_transaction_read_only', 'off', wait);
}

/** A promoted server between its promotion and its first write. */
export interface ClosedState {
  /** Transactions that do not ask for more are read-only. */
  readonly closed: boolean;
  readonly holder?: EpochHolder;
  /** Transactions that were given a number since the epoch's row was written, running ones included; undefined without the row. */
  readonly writesSinceEpoch?: number;
}

/**
 * Whether anything was written since the epoch. A transaction gets its number with its first write, whoever makes it, so the age
 * of the epoch's row says how many there were, also those that asked for more than the default.
 */
export async function readClosedState(query: Query): Promise<ClosedState> {
  const [setting] = await query<{ value: string }>("select current_setting('default_transaction_read_only') as value");
  const closedNow = setting?.value === 'on';
  const holder = await readEpoch(query);
  if (holder === undefined) return { closed: closedNow };
  const [row] = await query<{ transactions: number }>('select age(xmin) as transactions from dr.epoch');
  const { epoch, operationId } = holder;
  return {
    ...{ closed: closedNow, holder: { epoch, operationId } },
    ...(row === undefined ? {} : { writesSinceEpoch: row.transactions - 1 }),
  };
}

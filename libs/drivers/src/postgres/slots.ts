import { DrError } from '@novacron/contracts';
import type { Query, Row } from './access.js';
import type { Lsn } from './lsn.js';

/** A physical replication slot: WAL that its reader has not confirmed is kept, until the disk is full. */
export interface ReplicationSlot {
  readonly name: string;
  readonly active: boolean;
  readonly restartLsn: Lsn | null;
  /** `reserved`, `extended`, `unreserved` or `lost`; null before its first use. */
  readonly walStatus: string | null;
}

export async function readSlots(query: Query): Promise<ReplicationSlot[]> {
  const rows = await query<
    Row & { slot_name: string; active: boolean; restart_lsn: Lsn | null; wal_status: string | null }
  >(
    'select slot_name, active, restart_lsn::text, wal_status from pg_replication_slots where slot_type = $1 order by 1',
    ['physical'],
  );
  return rows.map((row) => ({
    name: row.slot_name,
    active: row.active,
    restartLsn: row.restart_lsn,
    walStatus: row.wal_status,
  }));
}

/** Makes the slot, keeping WAL from now on; one of that name that stands already is returned as it is. */
export async function createSlot(query: Query, name: string): Promise<ReplicationSlot> {
  const find = async () => (await readSlots(query)).find((slot) => slot.name === name);
  const existing = await find();
  if (existing) return existing;
  await query('select pg_create_physical_replication_slot($1, true)', [name]);
  const created = await find();
  if (!created) throw new DrError('VERIFY_FAILED', `replication slot ${name} was created but is not there`);
  return created;
}

/** Removes the slot; false when there was none. Throws COMMAND_FAILED while a reader is connected to it. */
export async function dropSlot(query: Query, name: string): Promise<boolean> {
  const rows = await query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1',
    [name],
  );
  return rows.length > 0;
}

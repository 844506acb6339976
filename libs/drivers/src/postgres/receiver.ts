import type pg from 'pg';
import { pollUntil } from '../command/poll.js';
import type { Query, Row } from './access.js';
import { primaryConninfo, type ReplicationSource } from './conninfo.js';
import { alterSystem } from './settings.js';
import { readStatus } from './status.js';

/** The settings that say where a standby receives from, as they were: what an undo puts back. */
export interface ReceiverSettings {
  readonly primaryConninfo: string;
  readonly primarySlotName: string;
}

type Wait = { timeoutMs: number; signal?: AbortSignal | undefined };

export async function readReceiverSettings(query: Query): Promise<ReceiverSettings> {
  const [row] = await query<Row & { conninfo: string; slot: string }>(
    `select current_setting('primary_conninfo') as conninfo, current_setting('primary_slot_name') as slot`,
  );
  return { primaryConninfo: row?.conninfo ?? '', primarySlotName: row?.slot ?? '' };
}

/** Stops receiving WAL, whatever the sender does, and returns the settings as they were once no receiver is left. */
export async function cutWalReceiver(query: Query, client: pg.Client, wait: Wait): Promise<ReceiverSettings> {
  const before = await readReceiverSettings(query);
  await alterSystem(query, client, { primary_conninfo: '' }, wait);
  await pollUntil('end of the WAL receiver', async () => ((await receiverCount(query)) === 0 ? true : undefined), {
    ...wait,
    everyMs: 10,
  });
  return before;
}

export async function restoreReceiver(
  query: Query,
  client: pg.Client,
  settings: ReceiverSettings,
  wait: Wait,
): Promise<void> {
  const { primaryConninfo, primarySlotName } = settings;
  await alterSystem(query, client, { primary_conninfo: primaryConninfo, primary_slot_name: primarySlotName }, wait);
}

/** Receives from `source` and returns once WAL streams from there. */
export async function pointAt(query: Query, client: pg.Client, source: ReplicationSource, wait: Wait): Promise<void> {
  const settings = { primary_conninfo: primaryConninfo(source), primary_slot_name: source.slot ?? '' };
  await alterSystem(query, client, settings, wait);
  await pollUntil(
    `WAL streaming from ${source.host}:${source.port}`,
    async () => {
      const { walReceiverStatus, receivesFrom } = await readStatus(query);
      const streams = walReceiverStatus === 'streaming';
      return (streams && receivesFrom?.host === source.host && receivesFrom.port === source.port) || undefined;
    },
    wait,
  );
}

async function receiverCount(query: Query): Promise<number> {
  const [row] = await query<{ count: number }>('select count(*)::int as count from pg_stat_wal_receiver');
  return row?.count ?? 0;
}

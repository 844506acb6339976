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

/** So long a receiver must wait for its start position, and go on waiting, before it counts as one that receives nothing. */
const idleMs = 1_000;

/**
 * Stops receiving WAL, whatever the sender does, and returns the settings as they were once nothing can arrive any more: no receiver
 * is left, or one that waits to be told from where. Such a one stays for ever on a standby whose data have forked off its sender's,
 * and nobody will tell it: the startup process, which reads the settings at once, asks nobody where there is no sender.
 */
export async function cutWalReceiver(query: Query, client: pg.Client, wait: Wait): Promise<ReceiverSettings> {
  const before = await readReceiverSettings(query);
  await alterSystem(query, client, { primary_conninfo: '' }, wait);
  let idleSince: number | undefined;
  const isQuiet = async (): Promise<true | undefined> => {
    const state = await receiverState(query);
    if (state === undefined) return true;
    idleSince = state === 'waiting' ? (idleSince ?? performance.now()) : undefined;
    return idleSince !== undefined && performance.now() - idleSince >= idleMs ? true : undefined;
  };
  await pollUntil('end of the WAL receiver', isQuiet, { ...wait, everyMs: 10 });
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

/** Undefined: there is none. */
async function receiverState(query: Query): Promise<string | undefined> {
  const [row] = await query<{ status: string | null }>('select status from pg_stat_wal_receiver');
  return row === undefined ? undefined : (row.status ?? 'unknown');
}

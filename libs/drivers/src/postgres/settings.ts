import type pg from 'pg';
import { pollUntil } from '../command/poll.js';
import type { Query } from './access.js';

/**
 * Changes settings by ALTER SYSTEM, reloads, and returns once the server shows each of them; undefined resets one. Throws
 * VERIFY_FAILED when a setting does not take: the command line of the server, or a restart it needs, stands in the way.
 */
export async function alterSystem(
  query: Query,
  client: pg.Client,
  settings: Readonly<Record<string, string | undefined>>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const changes = Object.entries(settings);
  for (const [name, value] of changes) {
    const identifier = client.escapeIdentifier(name);
    await query(
      value === undefined
        ? `alter system reset ${identifier}`
        : `alter system set ${identifier} = ${client.escapeLiteral(value)}`,
    );
  }
  await query('select pg_reload_conf()');
  for (const [name, value] of changes) {
    if (value !== undefined) await untilShown(query, name, value, { timeoutMs, signal });
  }
}

/** Takes a setting of ALTER SYSTEM back, reloads, and returns once the server shows `value`, which it then has from elsewhere. */
export async function resetSystem(
  query: Query,
  name: 'default_transaction_read_only',
  value: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  await query(`alter system reset ${name}`);
  await query('select pg_reload_conf()');
  await untilShown(query, name, value, { timeoutMs, signal });
}

/** Returns once the server shows the setting so: a reload takes its moment. */
export async function untilShown(
  query: Query,
  name: string,
  value: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  await pollUntil(
    `setting ${name}`,
    async () => {
      const [row] = await query<{ value: string }>('select current_setting($1) as value', [name]);
      return row?.value === value || undefined;
    },
    { timeoutMs, signal, everyMs: 10 },
  );
}

/** `ANY 1 ("a", "b")`; empty for no synchronous standby. */
export function synchronousStandbyNames(
  names: readonly string[],
  { method = 'FIRST', count = names.length }: { method?: 'FIRST' | 'ANY'; count?: number } = {},
): string {
  if (names.length === 0) return '';
  return `${method} ${count} (${names.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ')})`;
}

/** What `synchronous_standby_names` asks for, in any of its spellings. */
export function parseSynchronousStandbyNames(setting: string): { names: string[]; count: number } {
  const text = setting.trim();
  const counted = /^(?:(?:FIRST|ANY)\s+)?(\d+)\s*\((.*)\)$/is.exec(text);
  const list = counted?.[2] ?? text;
  const names = [...list.matchAll(/"((?:[^"]|"")+)"|([^\s,"]+)/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.toLowerCase(),
  );
  return { names, count: names.length === 0 ? 0 : Number(counted?.[1] ?? 1) };
}

/**
 * The standbys whose confirmation every commit waits for. Where fewer than all of the named ones suffice, as in `ANY 1 (a, b)` and
 * `FIRST 1 (a, b)`, of none of them can be said that it has everything: that is none.
 */
export function alwaysWaitedFor(setting: string): string[] {
  const { names, count } = parseSynchronousStandbyNames(setting);
  return count >= names.length ? names : [];
}

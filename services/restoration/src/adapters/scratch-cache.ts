import { spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { open, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { pollUntil, RedisMember, requireProgram } from '@novacron/drivers';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import type { ScratchPlace } from './scratch-place.js';

export interface LoadedCache {
  readonly port: number;
  readonly keys: number;
  /** Keys of the dump, those included whose time was over when it was loaded. */
  readonly keysInDump: number;
}

/**
 * Loads `dump.rdb` of the place into a Redis of its own: on loopback, without persistence, following nobody.
 * @throws DrError CORRUPT_OBJECT with the end of its log when it does not take the file.
 */
export async function loadCache(
  place: ScratchPlace,
  password: string | undefined,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<LoadedCache> {
  const { redisDir, runAs } = place;
  const port = await freePort();
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir "${redisDir}"`,
    'dbfilename dump.rdb',
    'save ""',
    'appendonly no',
    `pidfile "${join(redisDir, 'redis.pid')}"`,
    ...(password === undefined ? [] : [`requirepass "${password.replaceAll(/["\\]/gu, '\\$&')}"`]),
  ];
  const logFile = join(redisDir, 'redis.log');
  const log = await open(logFile, 'w', 0o600);
  if (runAs) chownSync(logFile, runAs.uid, runAs.gid);
  // The settings go by standard input: the password is in no command line and in no file.
  const child = spawn(requireProgram('redisServer'), ['-'], {
    cwd: redisDir,
    stdio: ['pipe', log.fd, log.fd],
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' },
    ...runAs,
  });
  await log.close();
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(`${settings.join('\n')}\n`);
  const access = { host: '127.0.0.1', port, ...(password === undefined ? {} : { password }) };
  const member = new RedisMember({ name: 'scratch', ...access });
  const { keys } = await pollUntil(
    'the loaded cache',
    async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw refused(await readFile(logFile, 'utf8'));
      return member.status({ signal, timeoutMs: 2_000 }).catch(() => undefined);
    },
    { timeoutMs, signal, everyMs: 50 },
  );
  return { port, keys, keysInDump: await loadedKeys(access) };
}

/** Ends the Redis of a restore, also one that an earlier process of ours has left behind. */
export async function stopCache({ redisDir }: ScratchPlace, signal: AbortSignal): Promise<void> {
  const pid = Number(await readFile(join(redisDir, 'redis.pid'), 'utf8').catch(() => ''));
  const runs = async (): Promise<boolean> =>
    Number.isInteger(pid) && pid > 0 && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === redisDir;
  if (!(await runs())) return;
  process.kill(pid, 'SIGKILL');
  const ended = async (): Promise<true | undefined> => ((await runs()) ? undefined : true);
  await pollUntil('the end of the restored cache', ended, { timeoutMs: 10_000, signal });
}

export async function writeDump(place: ScratchPlace, bytes: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
  await writeFile(join(place.redisDir, 'dump.rdb'), bytes, { mode: 0o600, signal });
  await place.handOver(place.redisDir);
}

async function loadedKeys(access: { host: string; port: number; password?: string }): Promise<number> {
  const client = new Redis({ ...access, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const info = await client.info('persistence');
    const field = (name: string): number => Number(new RegExp(`${name}:(\\d+)`, 'u').exec(info)?.[1] ?? 0);
    return field('rdb_last_load_keys_loaded') + field('rdb_last_load_keys_expired');
  } finally {
    client.disconnect();
  }
}

function refused(log: string): DrError {
  return new DrError('CORRUPT_OBJECT', 'Redis did not take the restored file', {
    details: [{ path: 'redis-server', problem: log.trim().split('\n').slice(-8).join('\n') }],
  });
}

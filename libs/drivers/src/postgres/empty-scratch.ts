import { spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pollUntil } from '../command/poll.js';
import { baseEnvironment, type RunAs, runCommand } from '../command/run-command.js';
import { PostgresMember } from './postgres-member.js';
import { ScratchProcess } from './scratch.js';

export interface EmptyScratchOptions {
  /** A folder that is empty; what is beside it is ours too. */
  readonly dataDir: string;
  readonly port: number;
  readonly binDir: string;
  /** The superuser of the new server. */
  readonly user: string;
  readonly password: string;
  readonly runAs?: RunAs;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * A new server with nothing in it, on loopback alone, for dumps to be loaded into. It need not survive a power cut, and is not made
 * to. @throws DrError COMMAND_FAILED with the end of its log, PROGRAM_MISSING.
 */
export async function startEmptyScratch(
  options: EmptyScratchOptions,
): Promise<{ readonly member: PostgresMember; readonly pid: number }> {
  const { dataDir, port, binDir, user, password, runAs, timeoutMs, signal } = options;
  await initialize(options);
  const logFile = join(dataDir, 'scratch.log');
  const log = await open(logFile, 'w', 0o600);
  if (runAs) chownSync(logFile, runAs.uid, runAs.gid);
  const settings = {
    ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
    ...{ fsync: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0', max_wal_size: '4GB' },
  };
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(binDir, 'postgres'), ['-D', dataDir, ...words], {
    env: baseEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
    ...runAs,
  });
  await log.close();
  const server = new ScratchProcess(child, logFile);
  const member = new PostgresMember({
    ...{ name: 'scratch', host: '127.0.0.1', port, user, password, database: 'postgres', binDir },
  });
  try {
    await pollUntil(
      'the new server',
      async () => {
        await server.assertRuns();
        return member.status({ signal, timeoutMs: 2_000 }).catch(() => undefined);
      },
      { timeoutMs, signal, everyMs: 50 },
    );
    return { member, pid: child.pid ?? 0 };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function initialize(options: EmptyScratchOptions): Promise<void> {
  const { dataDir, binDir, user, password, runAs, timeoutMs, signal } = options;
  const passwordFile = join(dirname(dataDir), 'initial-password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs) chownSync(passwordFile, runAs.uid, runAs.gid);
  try {
    await runCommand({
      program: join(binDir, 'initdb'),
      args: [
        ...['-D', dataDir, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
      ],
      cwd: '/',
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      ...(runAs === undefined ? {} : { runAs }),
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { pollUntil } from '../command/poll.js';
import { baseEnvironment, type RunAs } from '../command/run-command.js';
import type { Lsn } from './lsn.js';
import { assertStopped } from './data-directory.js';
import { PostgresMember } from './postgres-member.js';

export interface ScratchOptions {
  /** An unpacked base backup; nothing else may run on it. */
  readonly dataDir: string;
  readonly port: number;
  readonly binDir: string;
  /** A role that exists in the backup, and its password there. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** How PostgreSQL fetches a WAL file (`%f` name, `%p` path); without it only the WAL in `pg_wal` is replayed. */
  readonly restoreCommand?: string;
  /** RFC 3339 in UTC: the last commit at or before it is the last one replayed. Without it, all WAL is. */
  readonly recoveryTargetTime?: string;
  readonly recoveryTargetTimeline?: string;
  readonly action?: 'promote' | 'pause';
  readonly settings?: Readonly<Record<string, string>>;
  readonly runAs?: RunAs;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface ScratchServer {
  readonly member: PostgresMember;
  readonly pid: number;
  /** Where recovery ended, and the commit time of the last transaction it replayed (absent when it replayed none). */
  readonly recoveredTo: { readonly lsn: Lsn; readonly lastCommitAt?: string };
  readonly durationMs: number;
  /** Ends the server; the data directory stays. */
  stop(): Promise<void>;
}

const pollEveryMs = 50;

/**
 * Recovers a base backup into a server of its own that can harm nobody: it listens on loopback alone, archives nothing,
 * replicates with nobody, admits only the given role, and ignores the settings of the server it was copied from in these.
 * Returns when recovery has ended (or paused at its target). Throws OUTSIDE_RECOVERY_WINDOW when WAL ends before the
 * target, COMMAND_FAILED with the end of the server's log when it gives up, TIMEOUT.
 */
export async function startScratch(options: ScratchOptions): Promise<ScratchServer> {
  const { dataDir, runAs, signal, timeoutMs } = options;
  const startedAt = performance.now();
  assertStopped(dataDir);
  await prepare(options);
  const logFile = join(dataDir, 'scratch.log');
  const log = await open(logFile, 'w', 0o600);
  if (runAs) chownSync(logFile, runAs.uid, runAs.gid);
  const child = spawn(join(options.binDir, 'postgres'), ['-D', dataDir, ...settingWords(options)], {
    env: baseEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
    ...runAs,
  });
  await log.close();
  const server = new ScratchProcess(child, logFile);
  const { port, user, password, database } = options;
  const member = new PostgresMember({
    name: 'scratch',
    host: '127.0.0.1',
    port,
    user,
    password,
    database,
    binDir: options.binDir,
  });
  try {
    const lsn = await pollUntil(
      'end of recovery',
      async () => {
        await server.assertRuns();
        const ended = options.action === 'pause' ? isPaused : hasLeftRecovery;
        return ended(member, signal).catch(notYet);
      },
      { timeoutMs, signal, everyMs: pollEveryMs },
    );
    const lastCommitAt = lastCommitOf(await readFile(logFile, 'utf8'));
    return {
      member,
      pid: child.pid ?? 0,
      recoveredTo: { lsn, ...(lastCommitAt === undefined ? {} : { lastCommitAt }) },
      durationMs: performance.now() - startedAt,
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    if (signal?.aborted) throw new DrError('TIMEOUT', 'the recovery was aborted', { cause: error });
    throw error;
  }
}

async function hasLeftRecovery(member: PostgresMember, signal: AbortSignal | undefined): Promise<Lsn | undefined> {
  const status = await member.status({ signal, timeoutMs: 2_000 });
  return status.inRecovery
    ? undefined
    : ((await member.timelineHistory({ signal })).at(-1)?.switchLsn ?? status.currentLsn ?? undefined);
}

async function isPaused(member: PostgresMember, signal: AbortSignal | undefined): Promise<Lsn | undefined> {
  const status = await member.status({ signal, timeoutMs: 2_000 });
  return status.inRecovery && status.replayPaused ? (status.replayLsn ?? undefined) : undefined;
}

/** Until it is consistent a server that recovers refuses connections; a refused login will not get better. */
function notYet(error: unknown): undefined {
  if (DrError.is(error) && error.retryable) return undefined;
  throw error;
}

async function prepare({ dataDir, user, runAs }: ScratchOptions): Promise<void> {
  await rm(join(dataDir, 'standby.signal'), { force: true });
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
  await writeOwned(join(dataDir, 'recovery.signal'), '', runAs);
  await writeOwned(join(dataDir, 'scratch_hba.conf'), `host all ${quoteHba(user)} 127.0.0.1/32 scram-sha-256\n`, runAs);
  await writeOwned(join(dataDir, 'scratch_ident.conf'), '', runAs);
}

async function writeOwned(path: string, content: string, runAs: RunAs | undefined): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  if (runAs) chownSync(path, runAs.uid, runAs.gid);
}

const quoteHba = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Settings of the command line outrank every file that came with the backup. */
function settingWords(options: ScratchOptions): string[] {
  const {
    dataDir,
    port,
    recoveryTargetTime,
    restoreCommand,
    recoveryTargetTimeline = 'latest',
    action = 'promote',
  } = options;
  const settings: Record<string, string> = {
    data_directory: dataDir,
    hba_file: join(dataDir, 'scratch_hba.conf'),
    ident_file: join(dataDir, 'scratch_ident.conf'),
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    ssl: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_min_messages: 'log',
    lc_messages: 'C',
    log_line_prefix: '%m ',
    log_timezone: 'UTC',
    external_pid_file: '',
    archive_mode: 'off',
    primary_conninfo: '',
    primary_slot_name: '',
    synchronous_standby_names: '',
    // The source's archive command or recovery settings must not come along.
    restore_command: restoreCommand ?? '',
    archive_cleanup_command: '',
    recovery_end_command: '',
    recovery_target: '',
    recovery_target_lsn: '',
    recovery_target_name: '',
    recovery_target_xid: '',
    recovery_target_time: recoveryTargetTime === undefined ? '' : recoveryTargetTimeSetting(recoveryTargetTime),
    recovery_target_timeline: recoveryTargetTimeline,
    recovery_target_action: recoveryTargetTime === undefined ? 'promote' : action,
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The setting takes no zone abbreviation: `Z` would keep the server from starting, `+00` does not. Throws INVALID_MESSAGE. */
export function recoveryTargetTimeSetting(rfc3339: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|\+00(?::?00)?)$/.exec(rfc3339);
  if (!match) throw new DrError('INVALID_MESSAGE', `'${rfc3339}' is not an RFC 3339 time in UTC`);
  return `${match[1]} ${match[2]}+00`;
}

function lastCommitOf(log: string): string | undefined {
  const match = /last completed transaction was at log time (\S+ \S+?)(?:\+00| UTC)/.exec(log);
  return match?.[1] === undefined ? undefined : new Date(`${match[1].replace(' ', 'T')}Z`).toISOString();
}

/** A server that was started aside, and what its log says when it gives up. */
export class ScratchProcess {
  readonly #closed: Promise<void>;
  #exit: string | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {
    this.#closed = new Promise((resolve) => {
      const end = (how: string) => {
        this.#exit ??= how;
        resolve();
      };
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      child.once('error', (error) => end(error.message));
    });
  }

  async assertRuns(): Promise<void> {
    if (this.#exit === undefined) return;
    const log = (await readFile(this.logFile, 'utf8')).trim();
    const problem = log.split('\n').slice(-12).join('\n');
    if (/recovery ended before configured recovery target was reached/.test(log)) {
      throw new DrError('OUTSIDE_RECOVERY_WINDOW', 'the WAL ends before the point in time that was asked for', {
        details: [{ path: 'recoveryTargetTime', problem: lastCommitOf(log) ?? 'no transaction was replayed' }],
      });
    }
    throw new DrError('COMMAND_FAILED', `the recovering server ended: ${this.#exit}`, {
      retryable: false,
      details: [{ path: 'postgres', problem }],
    });
  }

  async stop(): Promise<void> {
    if (this.#exit === undefined) this.child.kill('SIGINT');
    const hardKill = setTimeout(() => this.child.kill('SIGQUIT'), 10_000);
    await this.#closed;
    clearTimeout(hardKill);
  }
}

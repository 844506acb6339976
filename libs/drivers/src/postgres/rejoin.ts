import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';
import { type CallOptions, type PostgresAccess, withConnection } from './access.js';
import { conninfo, type ReplicationSource } from './conninfo.js';
import { type ControlData, type DataDirectory, readControlData } from './control-data.js';
import {
  assertNoBrokenRewind,
  assertStopped,
  becomeStandby,
  emptyDataDirectory,
  forgetConfiguration,
  keepConfiguration,
  markRewind,
  restoreConfiguration,
} from './data-directory.js';
import type { Lsn } from './lsn.js';
import { readStatus } from './status.js';

export interface RejoinSource {
  /** The present primary, as a role that may read its files (superuser, or pg_rewind's four functions). */
  readonly access: PostgresAccess;
  /** How the rejoined standby receives from it afterwards. */
  readonly replication: ReplicationSource;
}

export interface Rewind {
  /** False when the target had nothing the source lacks. */
  readonly rewound: boolean;
  readonly divergence?: { readonly lsn: Lsn; readonly timeline: number };
  readonly durationMs: number;
}

export interface RewindOptions extends CallOptions {
  /** Called once nothing speaks against the rewind, and before the data are changed. */
  readonly beforeChange?: () => Promise<void>;
}

const rewindTimeoutMs = 3_600_000;
const brokenHint = 'rebuild the target from a base backup: its data directory cannot be trusted now';
const refusedHint = 'rebuild the target from a base backup: it cannot be rewound';

/**
 * Turns a stopped former primary into a standby of the present one by pg_rewind, keeping its own configuration files. The
 * checks are those of the manual (failing one changes nothing): the target stopped, with wal_log_hints or checksums; the
 * source a primary of the same system, its control file on its new timeline. A crashed target gets its crash recovery
 * first, and a dry run comes before the change: a rewind that fails midway leaves only a rebuild. `beforeChange` is awaited
 * between the two.
 * Throws UNREACHABLE or TIMEOUT (retryable) when the source does not answer before the change, which is no verdict on the target;
 * else PRECONDITION_FAILED or COMMAND_FAILED, neither retryable: the way on is `rebuild`.
 */
export async function rewind(target: DataDirectory, source: RejoinSource, call: RewindOptions = {}): Promise<Rewind> {
  const startedAt = performance.now();
  assertStopped(target.dataDir);
  assertNoBrokenRewind(target.dataDir);
  const control = await readTarget(target, call);
  assertRewindable(control);
  await assertSource(source.access, control.systemIdentifier, call);
  await keepConfiguration(target.dataDir, target.runAs);
  await endRecovery(target, control, call);
  await dryRun(target, source.access, control, call);
  await call.beforeChange?.();
  await markRewind(target.dataDir, target.runAs);
  const output = await pgRewind(target, source.access, ['--no-sync'], call).catch(refusedFor(brokenHint));
  await flush(target, call);
  await restoreConfiguration(target.dataDir, target.runAs);
  await becomeStandby(target.dataDir, source.replication, target.runAs);
  await forgetConfiguration(target.dataDir);
  const diverged = /diverged at WAL location ([0-9A-F]+\/[0-9A-F]+) on timeline (\d+)/i.exec(output);
  return {
    rewound: !/no rewind required/i.test(output),
    ...(diverged?.[1] === undefined ? {} : { divergence: { lsn: diverged[1], timeline: Number(diverged[2]) } }),
    durationMs: performance.now() - startedAt,
  };
}

/**
 * Replaces a stopped server's whole data directory by a base backup of the source, keeping the directory's own configuration
 * files, and makes it a standby. Refuses while a server runs on it. Can be repeated after an interruption.
 */
export async function rebuild(
  target: DataDirectory,
  source: RejoinSource & { readonly password: string },
  call: CallOptions = {},
): Promise<void> {
  assertStopped(target.dataDir);
  await assertSource(source.access, undefined, call);
  await keepConfiguration(target.dataDir, target.runAs);
  await emptyDataDirectory(target.dataDir);
  const { host, port, user, slot } = source.replication;
  await runCommand({
    program: join(target.binDir, 'pg_basebackup'),
    args: [
      ...['-D', target.dataDir, '-d', conninfo({ host, port, user, application_name: 'novacron-dr-rebuild' })],
      ...[
        '-X',
        'stream',
        '--checkpoint=fast',
        '--no-password',
        '--no-sync',
        ...(slot === undefined ? [] : [`--slot=${slot}`]),
      ],
    ],
    env: { PGPASSWORD: source.password },
    timeoutMs: call.timeoutMs ?? rewindTimeoutMs,
    ...commandContext(target, call),
  });
  await flush(target, call);
  await restoreConfiguration(target.dataDir, target.runAs);
  await becomeStandby(target.dataDir, source.replication, target.runAs);
  await forgetConfiguration(target.dataDir);
}

/** Everything written so far is on disk: what the programs would do file by file, by one call for the file system. */
async function flush(target: DataDirectory, call: CallOptions): Promise<void> {
  await runCommand({
    program: 'sync',
    args: ['--file-system', target.dataDir],
    timeoutMs: call.timeoutMs ?? rewindTimeoutMs,
    ...commandContext(target, call),
  });
}

function assertRewindable(control: ControlData): void {
  if (control.walLogHints || control.dataChecksums) return;
  throw new DrError('PRECONDITION_FAILED', 'the target has neither wal_log_hints nor data checksums', {
    hint: 'rebuild it from a base backup, and turn wal_log_hints on',
  });
}

/** Also brings the source's control file onto its timeline, which pg_rewind reads and a promotion alone does not write. */
async function assertSource(
  access: PostgresAccess,
  systemIdentifier: string | undefined,
  call: CallOptions,
): Promise<void> {
  await withConnection(access, { ...call, timeoutMs: 60_000 }, async (query) => {
    const status = await readStatus(query);
    if (status.inRecovery) {
      throw new DrError('PRECONDITION_FAILED', 'the source is a standby itself', { hint: 'promote it first' });
    }
    if (systemIdentifier !== undefined && status.systemIdentifier !== systemIdentifier) {
      throw new DrError(
        'PRECONDITION_FAILED',
        `the source is another system: ${status.systemIdentifier}, not ${systemIdentifier}`,
        {
          hint: 'rebuild the target from a base backup',
        },
      );
    }
    const [row] = await query<{ timeline_id: number }>('select timeline_id from pg_control_checkpoint()');
    if (row?.timeline_id !== status.timeline) await query('checkpoint');
  });
}

async function readTarget(target: DataDirectory, call: CallOptions): Promise<ControlData> {
  return readControlData(target, call.signal).catch((error: unknown) => {
    if (DrError.from(error).code === 'COMMAND_FAILED') return refusedFor(refusedHint)(error);
    throw error;
  });
}

/**
 * A program's exit code does not tell whether the source or the target is to blame: the source is asked again, and where it answers,
 * what a second run says is about the target.
 */
async function dryRun(
  target: DataDirectory,
  access: PostgresAccess,
  { systemIdentifier }: ControlData,
  call: CallOptions,
): Promise<void> {
  const run = () => pgRewind(target, access, ['--dry-run'], call);
  await run().catch(async () => {
    await assertSource(access, systemIdentifier, call);
    await run().catch(refusedFor(refusedHint));
  });
}

/** The error as one that no repetition mends. */
function refusedFor(hint: string): (error: unknown) => never {
  return (error) => {
    const { code, message, details } = DrError.from(error);
    throw new DrError(code, message, { hint, retryable: false, details, cause: error });
  };
}

/** Crash recovery in single-user mode, as pg_rewind would do it, but before the dry run, which refuses a crashed target. */
async function endRecovery(target: DataDirectory, control: ControlData, call: CallOptions): Promise<void> {
  if (control.state === 'shut down' || control.state === 'shut down in recovery') return;
  // Single-user mode refuses to be a standby; standby.signal is written again at the end.
  await rm(join(target.dataDir, 'standby.signal'), { force: true });
  await rm(join(target.dataDir, 'postmaster.pid'), { force: true });
  await runCommand({
    program: join(target.binDir, 'postgres'),
    args: [
      ...['--single', '-D', target.dataDir, '-c', 'archive_mode=off', '-c', 'synchronous_standby_names='],
      // One call for the whole file system in place of one for each of a thousand files.
      ...['-c', 'recovery_init_sync_method=syncfs', 'template1'],
    ],
    timeoutMs: call.timeoutMs ?? rewindTimeoutMs,
    ...commandContext(target, call),
  }).catch(refusedFor(refusedHint));
  const after = await readTarget(target, call);
  if (after.state !== 'shut down') {
    throw new DrError('VERIFY_FAILED', `crash recovery left the target '${after.state}'`, { retryable: false });
  }
}

async function pgRewind(
  target: DataDirectory,
  access: PostgresAccess,
  more: readonly string[],
  call: CallOptions,
): Promise<string> {
  const { host, port, user, database, password } = access;
  const { stdout, stderr } = await runCommand({
    program: join(target.binDir, 'pg_rewind'),
    args: [
      ...['--target-pgdata', target.dataDir, '--source-server', conninfo({ host, port, user, dbname: database })],
      ...['--no-ensure-shutdown', ...more],
    ],
    env: { PGPASSWORD: password },
    timeoutMs: call.timeoutMs ?? rewindTimeoutMs,
    ...commandContext(target, call),
  });
  return stdout + stderr;
}

function commandContext(target: DataDirectory, call: CallOptions) {
  const cwd = existsSync(target.dataDir) ? { cwd: target.dataDir } : {};
  return {
    ...cwd,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    ...(target.runAs === undefined ? {} : { runAs: target.runAs }),
  };
}

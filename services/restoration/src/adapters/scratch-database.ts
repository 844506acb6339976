import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { PostgresMember, pollUntil, requireProgram, runningPostmaster, startScratch } from '@novacron/drivers';
import type { RestorePoint } from '../domain/restore-point.js';
import { assertReplayed } from './assert-replayed.js';
import { freePort } from './free-port.js';
import { endLeftovers, serves } from './leftover-programs.js';
import type { ScratchPlace } from './scratch-place.js';

export interface RecoveredDatabase {
  readonly port: number;
  readonly pid: number;
  readonly recoveredLsn: string;
  /** Of the last transaction that was replayed; absent when none was. */
  readonly lastCommitAt?: string;
  readonly durationMs: number;
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const stopTimeoutMs = 30_000;

/**
 * Recovers an unpacked backup into a server of its own, to the point that was chosen, and leaves it running.
 *
 * The archive says until when it knows every commit; where nobody committed between the target and that moment, the server
 * reaches the end of its WAL without having seen a later commit, and gives up. All there is up to that end is then exactly
 * what was asked for, so it is replayed without a target. What ends early for another reason is not.
 * @throws DrError VERIFY_FAILED when the WAL was to be replayed to its end, and was not.
 */
export async function recoverDatabase(
  place: ScratchPlace,
  point: RestorePoint,
  login: Login,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<RecoveredDatabase> {
  const port = await freePort();
  const { timeline, targetTime } = point;
  const recover = (more: { readonly recoveryTargetTime?: string }) =>
    startScratch({
      dataDir: place.dataDir,
      port,
      binDir: requireProgram('postgresBin'),
      ...login,
      ...options,
      ...(place.runAs === undefined ? {} : { runAs: place.runAs }),
      // A timeline of its own choice might be one that the archive got after the point was chosen.
      recoveryTargetTimeline: timeline === undefined ? 'current' : String(timeline),
      // Recovery asks for a command; one that never finds a file leaves the WAL that came with the backup.
      restoreCommand: timeline === undefined ? 'false' : fetchFrom(place.walDir),
      // A copy that is looked at and thrown away need not survive a power cut.
      settings: { fsync: 'off' },
      ...more,
    });
  const recoverUnlessItEnds = (recoveryTargetTime: string) =>
    recover({ recoveryTargetTime }).catch((error: unknown) => {
      if (DrError.from(error).code !== 'OUTSIDE_RECOVERY_WINDOW') throw error;
      return undefined;
    });
  const atTarget = targetTime === undefined ? undefined : await recoverUnlessItEnds(targetTime);
  const server = atTarget ?? (await recover({}));
  const { pid, recoveredTo, durationMs } = server;
  if (atTarget === undefined) {
    await assertReplayed(place.walDir, point, recoveredTo.lsn).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
  }
  return {
    port,
    pid,
    recoveredLsn: recoveredTo.lsn,
    ...(recoveredTo.lastCommitAt === undefined ? {} : { lastCommitAt: recoveredTo.lastCommitAt }),
    durationMs: Math.round(durationMs),
  };
}

/** Whether recovery has begun on this directory: it is then no longer the backup it was unpacked from. */
export async function wasRecovered({ dataDir }: ScratchPlace): Promise<boolean> {
  return access(join(dataDir, 'scratch.log')).then(
    () => true,
    () => false,
  );
}

/** The port of the server that runs on the directory; undefined when none does. */
export async function runningPort({ dataDir }: ScratchPlace): Promise<number | undefined> {
  if (runningPostmaster(dataDir) === undefined) return undefined;
  const port = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[3]);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

/** Ends the server of a restore, also one that an earlier process of ours has left behind, however young it is. */
export async function stopDatabase({ dataDir }: ScratchPlace, signal: AbortSignal): Promise<void> {
  const pid = runningPostmaster(dataDir);
  if (pid !== undefined) {
    process.kill(pid, 'SIGQUIT');
    const ended = async (): Promise<true | undefined> => (runningPostmaster(dataDir) === undefined ? true : undefined);
    await pollUntil('the end of the restored server', ended, { timeoutMs: stopTimeoutMs, signal });
  }
  await endLeftovers(dataDir, serves, signal);
}

export function scratchMember(port: number, login: Login): PostgresMember {
  return new PostgresMember({ name: 'scratch', host: '127.0.0.1', port, ...login });
}

/** `%` is the server's own escape in this setting. */
function fetchFrom(walDir: string): string {
  return `cp "${walDir.replaceAll('%', '%%')}/%f" "%p"`;
}

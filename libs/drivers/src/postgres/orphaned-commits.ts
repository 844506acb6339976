import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';
import { type DataDirectory, readControlData } from './control-data.js';
import { type OrphanedCommit, parseCommits } from './parse-commits.js';
import { type OrphanedWork, parseOrphanedWork } from './orphan-report.js';
import { compareLsn, type Lsn, walFileName } from './lsn.js';

/** The end of readable WAL is reported as an error; where the old primary died, that is how its WAL ends. */
const endOfWalExitCode = 1;
const outputBytes = 256 * 1024 * 1024;

/**
 * What committed transactions in a stopped server's WAL did from `since` (where its successor's timeline branched off) to its end. To be
 * asked before the rewind, which removes the evidence. Throws PRECONDITION_FAILED when that WAL is not there any more, or cannot be
 * read as far as the server's last checkpoint: what it holds is then not known, and not nothing.
 */
export async function orphanedWork(directory: DataDirectory, since: Lsn, signal?: AbortSignal): Promise<OrphanedWork> {
  return parseOrphanedWork(await waldump(directory, since, ['Transaction', 'Heap', 'Heap2'], signal));
}

/**
 * The commits in a stopped server's WAL from `since` (where its successor's timeline branched off) to its end, oldest first. To be
 * asked before the rewind, which removes the evidence. Throws PRECONDITION_FAILED as {@link orphanedWork} does.
 */
export async function orphanedCommits(
  directory: DataDirectory,
  since: Lsn,
  signal?: AbortSignal,
): Promise<OrphanedCommit[]> {
  return parseCommits(await waldump(directory, since, ['Transaction'], signal));
}

async function waldump(
  directory: DataDirectory,
  since: Lsn,
  resourceManagers: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { binDir, dataDir, runAs } = directory;
  const { timeline, walSegmentBytes, checkpointLsn } = await readControlData(directory, signal);
  const walDir = join(dataDir, 'pg_wal');
  const first = walFileName(timeline, since, walSegmentBytes);
  const segments = (await readdir(walDir)).filter((name) => sameTimeline(name, first) && name >= first).sort();
  if (segments[0] !== first) {
    throw new DrError(
      'PRECONDITION_FAILED',
      `the WAL segment ${first}, where the timelines part, is not there any more`,
    );
  }
  const { exitCode, stdout, stderr } = await runCommand({
    program: join(binDir, 'pg_waldump'),
    args: [
      ...[`--path=${walDir}`, `--start=${since}`],
      ...resourceManagers.map((name) => `--rmgr=${name}`),
      // Without names it takes the size of a segment from any file there, also from one that the server had only made ready.
      ...[first, segments.at(-1) ?? first],
    ],
    timeoutMs: 600_000,
    maxOutputBytes: outputBytes,
    acceptExitCodes: [0, endOfWalExitCode],
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
  });
  const readTo = whereReadingEnded(stderr);
  if (exitCode !== 0 && readTo === undefined)
    throw new DrError('PRECONDITION_FAILED', `the WAL from ${since} on cannot be read: ${stderr.trim()}`);
  if (readTo !== undefined && compareLsn(readTo, since) >= 0 && compareLsn(readTo, checkpointLsn) < 0) {
    const why = `WAL can be read to ${readTo} only, and the server had written to ${checkpointLsn}: ${stderr.trim()}`;
    throw new DrError('PRECONDITION_FAILED', why);
  }
  return stdout;
}

function sameTimeline(name: string, segment: string): boolean {
  return /^[0-9A-F]{24}$/u.test(name) && name.startsWith(segment.slice(0, 8));
}

/** The last position that pg_waldump names in what it says of the end; undefined where it says nothing of one. */
export function whereReadingEnded(stderr: string): Lsn | undefined {
  return [...stderr.matchAll(/\b(?:after|at) ([0-9A-F]+\/[0-9A-F]+)/gu)].at(-1)?.[1];
}

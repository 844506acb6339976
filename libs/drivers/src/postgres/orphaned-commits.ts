import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DrError } from '@novacron/contracts';
import { runCommand } from '../command/run-command.js';
import { type DataDirectory, readControlData } from './control-data.js';
import { type OrphanedCommit, parseCommits } from './parse-commits.js';
import { type OrphanedWork, parseOrphanedWork } from './orphan-report.js';
import { type Lsn, walFileName } from './lsn.js';

/** The end of readable WAL is reported as an error; where the old primary died, that is how its WAL ends. */
const endOfWalExitCode = 1;
const outputBytes = 256 * 1024 * 1024;

/**
 * What committed transactions in a stopped server's WAL did from `since` (where its successor's timeline branched off) to its end. To be
 * asked before the rewind, which removes the evidence. Throws PRECONDITION_FAILED when that WAL is not there any more.
 */
export async function orphanedWork(directory: DataDirectory, since: Lsn, signal?: AbortSignal): Promise<OrphanedWork> {
  return parseOrphanedWork(await waldump(directory, since, ['Transaction', 'Heap', 'Heap2'], signal));
}

/**
 * The commits in a stopped server's WAL from `since` (where its successor's timeline branched off) to its end, oldest first. To be
 * asked before the rewind, which removes the evidence. Throws PRECONDITION_FAILED when that WAL is not there any more.
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
  const { timeline, walSegmentBytes } = await readControlData(directory, signal);
  const first = walFileName(timeline, since, walSegmentBytes);
  if (!existsSync(join(dataDir, 'pg_wal', first))) {
    throw new DrError(
      'PRECONDITION_FAILED',
      `the WAL segment ${first}, where the timelines part, is not there any more`,
    );
  }
  const { stdout } = await runCommand({
    program: join(binDir, 'pg_waldump'),
    args: [
      ...[`--path=${join(dataDir, 'pg_wal')}`, `--timeline=${timeline}`, `--start=${since}`],
      ...resourceManagers.map((name) => `--rmgr=${name}`),
    ],
    timeoutMs: 600_000,
    maxOutputBytes: outputBytes,
    acceptExitCodes: [0, endOfWalExitCode],
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
  });
  return stdout;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DrError } from '@novacron/contracts';
import { baseEnvironment, type RunAs } from '../command/run-command.js';
import { packageHint } from '../command/packages.js';
import { type Lsn, parseLsn } from './lsn.js';

export interface MadeTablespace {
  readonly oid: string;
  /** Where it was made on the server: the replay makes it in the same place. */
  readonly location: string;
}

export interface WalFolder {
  readonly binDir: string;
  /** Holds segments as the server names them. */
  readonly walDir: string;
  /** Where the replay begins: what was made before is in the backup. */
  readonly from: Lsn;
  /** RFC 3339: what a recovery to that moment would not replay is left out. */
  readonly targetTime?: string;
  readonly runAs?: RunAs;
  readonly signal?: AbortSignal;
}

/**
 * The tablespaces that a replay of this WAL would make. The server makes them where they were made the first time, whatever
 * lies there: beside the server that was backed up it would write into that one's files.
 * @throws DrError PROGRAM_MISSING.
 */
export async function madeTablespaces(folder: WalFolder): Promise<MadeTablespace[]> {
  const made: MadeTablespace[] = [];
  const stretches = await stretchesIn(folder.walDir);
  for (const [position, stretch] of stretches.entries()) {
    for await (const line of dumped(folder, stretch, 'Tablespace')) {
      const [, lsn, oid, location] = /lsn: (\S+),.*desc: CREATE (\d+) "(.*)"$/u.exec(line) ?? [];
      if (lsn === undefined || oid === undefined || location === undefined) continue;
      if (parseLsn(lsn) < parseLsn(folder.from)) continue;
      if (await endsBefore(folder, stretches.slice(0, position + 1), lsn)) return made;
      made.push({ oid, location });
    }
  }
  return made;
}

interface Stretch {
  readonly first: string;
  readonly last: string;
}

/** The segments of each timeline, which follow one another. */
async function stretchesIn(walDir: string): Promise<Stretch[]> {
  const names = (await readdir(walDir)).filter((name) => /^[0-9A-F]{24}$/u.test(name)).sort();
  const timelines = [...new Set(names.map((name) => name.slice(0, 8)))];
  return timelines.map((timeline) => {
    const own = names.filter((name) => name.startsWith(timeline));
    return { first: own.at(0) ?? '', last: own.at(-1) ?? '' };
  });
}

/** Whether a recovery to the target has ended before that record of the last stretch: at the first end of a transaction after it. */
async function endsBefore(folder: WalFolder, stretches: readonly Stretch[], lsn: string): Promise<boolean> {
  if (folder.targetTime === undefined) return false;
  const targetMs = Date.parse(folder.targetTime);
  for (const [position, stretch] of stretches.entries()) {
    for await (const line of dumped(folder, stretch, 'Transaction')) {
      const [, at, day, time] =
        /lsn: (\S+),.*desc: (?:COMMIT|ABORT)\S* (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+)/u.exec(line) ?? [];
      if (at === undefined) continue;
      if (position === stretches.length - 1 && parseLsn(at) > parseLsn(lsn)) return false;
      // Whole milliseconds on both sides: a commit within the target's own is replayed, or the record is taken for replayed.
      if (Date.parse(`${day}T${time}Z`) > targetMs) return true;
    }
  }
  return false;
}

/** The records of one resource manager, a line each. WAL that ends within a record is read up to there. */
async function* dumped(
  { binDir, walDir, runAs, signal }: WalFolder,
  { first, last }: Stretch,
  rmgr: string,
): AsyncGenerator<string> {
  const words = [`--path=${walDir}`, `--rmgr=${rmgr}`, first, last];
  const child = spawn(join(binDir, 'pg_waldump'), words, {
    env: baseEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(signal === undefined ? {} : { signal }),
    ...runAs,
  });
  const ended = once(child, 'close').catch((error: NodeJS.ErrnoException) => error);
  try {
    yield* createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    child.kill('SIGKILL');
  }
  const end = await ended;
  if (!(end instanceof Error)) return;
  if (end.code !== 'ENOENT') throw end;
  throw new DrError('PROGRAM_MISSING', 'pg_waldump is not installed', { hint: packageHint('pg_waldump'), cause: end });
}

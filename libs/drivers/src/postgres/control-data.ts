import { join } from 'node:path';
import { type RunAs, runCommand } from '../command/run-command.js';
import { DrError } from '@novacron/contracts';
import type { Lsn } from './lsn.js';

/** What pg_control says of a data directory, whether its server runs or not. */
export interface ControlData {
  readonly systemIdentifier: string;
  /** `shut down`, `shut down in recovery`, `in production`, `in archive recovery`, … as pg_controldata words it. */
  readonly state: string;
  readonly timeline: number;
  readonly checkpointLsn: Lsn;
  /** Where crash recovery would begin: with a clean shutdown the shutdown checkpoint itself. */
  readonly redoLsn: Lsn;
  readonly walSegmentBytes: number;
  readonly walLogHints: boolean;
  readonly dataChecksums: boolean;
}

export interface DataDirectory {
  readonly binDir: string;
  readonly dataDir: string;
  readonly runAs?: RunAs;
}

export async function readControlData(
  { binDir, dataDir, runAs }: DataDirectory,
  signal?: AbortSignal,
): Promise<ControlData> {
  const { stdout } = await runCommand({
    program: join(binDir, 'pg_controldata'),
    args: ['-D', dataDir],
    timeoutMs: 10_000,
    ...(signal === undefined ? {} : { signal }),
    ...(runAs === undefined ? {} : { runAs }),
  });
  return parseControlData(stdout);
}

export function parseControlData(text: string): ControlData {
  const fields = new Map(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf(':');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()] as const];
    }),
  );
  const field = (name: string) => {
    const value = fields.get(name);
    if (value === undefined) throw new DrError('UNSUPPORTED_SERVER', `pg_controldata says nothing about '${name}'`);
    return value;
  };
  return {
    systemIdentifier: field('Database system identifier'),
    state: field('Database cluster state'),
    timeline: Number(field("Latest checkpoint's TimeLineID")),
    checkpointLsn: field('Latest checkpoint location'),
    redoLsn: field("Latest checkpoint's REDO location"),
    walSegmentBytes: Number(field('Bytes per WAL segment')),
    walLogHints: field('wal_log_hints setting') === 'on',
    dataChecksums: field('Data page checksum version') !== '0',
  };
}

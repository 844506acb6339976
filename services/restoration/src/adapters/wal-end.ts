import { join } from 'node:path';
import {
  compareLsn,
  type ControlData,
  type Lsn,
  type PostgresMember,
  requireProgram,
  runCommand,
} from '@novacron/drivers';

const readTimeoutMs = 300_000;

/**
 * How far the WAL in a data directory reaches: read record by record from its last checkpoint to the first that is none. Where
 * it cannot be read, the checkpoint itself, which is the least there is.
 */
export async function walEnd(member: PostgresMember, control: ControlData, signal: AbortSignal): Promise<Lsn> {
  const { dataDir = '', runAs } = member.options;
  const { stderr } = await runCommand({
    program: join(requireProgram('postgresBin'), 'pg_waldump'),
    args: [
      ...['--path', join(dataDir, 'pg_wal'), '--timeline', `${control.timeline}`],
      ...['--start', control.redoLsn, '--quiet'],
    ],
    cwd: '/',
    timeoutMs: readTimeoutMs,
    acceptExitCodes: [0, 1],
    signal,
    ...(runAs === undefined ? {} : { runAs }),
  });
  // "error in WAL record at 0/30001A8: invalid record length at 0/30001E0: …": the second is where the next would begin.
  const positions = [...stderr.matchAll(/\b([0-9A-F]+\/[0-9A-F]+)\b/gu)].map(([, lsn = '0/0']) => lsn);
  return [control.checkpointLsn, ...positions].reduce((a, b) => (compareLsn(a, b) >= 0 ? a : b));
}

import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';
import { type OrphanReport, orphanReport } from '../domain/orphan-report.js';

/**
 * What the stopped home server holds that the active one never had. Undefined when its WAL does not reach back to where they parted,
 * or it runs: then nobody can tell.
 */
export async function orphansOf(
  home: PostgresMember,
  active: PostgresMember,
  switchLsn: string,
  signal: AbortSignal,
): Promise<OrphanReport | undefined> {
  try {
    const work = await home.orphanedWork(switchLsn, signal);
    return orphanReport(work, await active.relationNames(work.relations, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    if (['PRECONDITION_FAILED', 'COMMAND_FAILED'].includes(DrError.from(error).code)) return undefined;
    throw error;
  }
}

import { lsnDiffBytes, type PostgresStatus } from '@novacron/drivers';

export interface SourceCandidate {
  readonly site: string;
  /** Undefined when it did not answer. */
  readonly status:
    Pick<PostgresStatus, 'inRecovery' | 'timeline' | 'systemIdentifier' | 'position' | 'walReceiverStatus'> | undefined;
}

/** One segment of WAL: a standby that is further behind would make a backup of old data. */
const mostLagBytes = 16 * 1024 * 1024;

/**
 * The standby that is the least behind the active server, of the same system and timeline, receiving, and not further behind than a
 * segment of WAL. The active server itself when there is none, or when it cannot say where it is.
 */
export function chooseSource(active: SourceCandidate, standbys: readonly SourceCandidate[]): string {
  const at = active.status;
  if (at === undefined || at.position === null) return active.site;
  const lags = standbys.flatMap(({ site, status }) => {
    if (status?.inRecovery !== true || status.position === null || status.walReceiverStatus !== 'streaming') return [];
    if (status.systemIdentifier !== at.systemIdentifier || status.timeline !== at.timeline) return [];
    const lagBytes = Number(lsnDiffBytes(at.position ?? '0/0', status.position));
    return lagBytes <= mostLagBytes ? [{ site, lagBytes }] : [];
  });
  return lags.toSorted((a, b) => a.lagBytes - b.lagBytes)[0]?.site ?? active.site;
}

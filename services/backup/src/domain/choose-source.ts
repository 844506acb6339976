import { lsnDiffBytes, type PostgresStatus } from '@novacron/drivers';

export interface SourceCandidate {
  readonly site: string;
  /** Undefined when it did not answer. */
  readonly status:
    | Pick<
        PostgresStatus,
        'inRecovery' | 'timeline' | 'systemIdentifier' | 'position' | 'replayLsn' | 'walReceiverStatus'
      >
    | undefined;
}

export interface ChosenSource {
  readonly site: string;
  /** Why it is not a standby, though policy asks for one. */
  readonly because?: string;
}

/** Four segments of WAL: a standby that is further behind would make a backup of old data. */
const mostLagBytes = 64 * 1024 * 1024;

/**
 * The standby that has replayed most, of the same system and timeline as the active server, receiving, and not too far behind. The active
 * server itself when there is none, or when it cannot say where it is, and then with the reason for each.
 */
export function chooseSource(active: SourceCandidate, standbys: readonly SourceCandidate[]): ChosenSource {
  const at = active.status;
  if (at === undefined || at.position === null) return { site: active.site, because: 'it does not say where it is' };
  const position = at.position;
  const judged = standbys.map(({ site, status }) => {
    const problem = problemOf(status, at);
    const lagBytes = Number(lsnDiffBytes(position, status?.replayLsn ?? '0/0'));
    const behind = lagBytes <= mostLagBytes ? undefined : `is ${lagBytes} bytes behind`;
    return { site, lagBytes, problem: problem ?? behind };
  });
  const [best] = judged.filter(({ problem }) => problem === undefined).toSorted((a, b) => a.lagBytes - b.lagBytes);
  if (best !== undefined) return { site: best.site };
  const reasons = judged.map(({ site, problem }) => `${site} ${problem}`);
  return { site: active.site, because: reasons.length === 0 ? 'it has no standby' : reasons.join(', ') };
}

function problemOf(
  status: SourceCandidate['status'],
  active: NonNullable<SourceCandidate['status']>,
): string | undefined {
  if (status === undefined) return 'does not answer';
  if (!status.inRecovery || status.replayLsn === null) return 'is no standby';
  if (status.systemIdentifier !== active.systemIdentifier) return 'is of another system';
  if (status.timeline !== active.timeline) return `is on timeline ${status.timeline}`;
  if (status.walReceiverStatus !== 'streaming') return 'receives nothing';
  return undefined;
}

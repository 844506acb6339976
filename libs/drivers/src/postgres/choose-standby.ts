import { type BranchPoint, type DataLine, descent, type Descent } from './ancestry.js';
import { compareLsn, type Lsn, lsnDiffBytes } from './lsn.js';

/** What one member said about itself after the WAL receivers were cut; `unreachable` is no answer at all. */
export interface StandbyCandidate {
  readonly name: string;
  readonly reachable: boolean;
  readonly inRecovery?: boolean;
  readonly systemIdentifier?: string;
  readonly timeline?: number;
  /** The timelines before its own; absent: nobody could read them. */
  readonly history?: readonly BranchPoint[];
  /** The later of received and replayed: what is lost when this one is promoted is what comes after it. */
  readonly position?: Lsn | null;
  readonly replayPosition?: Lsn | null;
  readonly replayPaused?: boolean;
  readonly walReceiverStreaming?: boolean;
  /** Policy of the estate: higher is better (default 0); `promotable: false` is never chosen. */
  readonly priority?: number;
  readonly promotable?: boolean;
}

/** How the old primary made its commits safe, as it was last seen to be set up. */
export interface Durability {
  /** Every name in `synchronous_standby_names`, as known before the failure; empty when replication was asynchronous. */
  readonly synchronousStandbys: readonly string[];
  /** How many of them each commit waited for. */
  readonly count: number;
}

export interface ChooseStandbyPolicy {
  readonly systemIdentifier?: string;
  /** Where the lost primary was when it was last seen: who is not of its line is a fork, whatever the number. */
  readonly lineage?: DataLine;
  readonly durability?: Durability;
  /** The last position known of the primary and how far behind it a standby may be. */
  readonly lastKnownPosition?: Lsn;
  readonly maxLagBytes?: bigint;
}

export type ExclusionReason =
  | 'unreachable'
  | 'not-promotable'
  | 'not-in-recovery'
  | 'other-system'
  | 'timeline-not-in-lineage'
  | 'position-unknown'
  | 'replay-paused-with-wal-pending'
  | 'still-streaming'
  | 'lag-over-limit';

export interface Exclusion {
  readonly name: string;
  readonly reason: ExclusionReason;
  /** The same for people, where there is more to say. */
  readonly words?: string;
}

export interface Choice {
  readonly chosen?: string;
  /** Best first, the chosen one included. */
  readonly order: readonly string[];
  readonly excluded: readonly Exclusion[];
  /** True when the candidates that answered cannot all lack an acknowledged commit. */
  readonly keepsAcknowledgedCommits: boolean;
}

/**
 * Which standby to promote, from what the members said after their receivers were cut (Patroni, VTOrc). Excluded is who did
 * not answer, is not promotable, not in recovery, of another system, of another line than the primary (see `descent`), without a position, paused with WAL
 * pending, still streaming, or too far behind. The rest is ordered by position, then priority, then name, so that every
 * decider that sees the same evidence chooses the same one.
 *
 * No acknowledged commit is lost when every set of `count` synchronous names has a member that answered, which is so when
 * more than N − count of the N names did (R + k > N), and the chosen one is at least as far as each of those. It is the same
 * for FIRST and ANY: FIRST moves on to the next name whenever an earlier one is not connected. Positions are compared
 * over all that answered, promotable or not: one that is ahead holds commits the chosen one lacks.
 */
export function chooseStandby(candidates: readonly StandbyCandidate[], policy: ChooseStandbyPolicy = {}): Choice {
  const judged = candidates.map((candidate) => {
    const { fork, position = candidate.position } = descentOf(candidate, policy.lineage);
    // Of one that went on by itself only what it has in common with the primary counts.
    const placed = position === undefined ? candidate : { ...candidate, position };
    return { candidate: placed, fork, reason: whyNot(candidate, fork, policy) };
  });
  const eligible = judged.filter(({ reason }) => reason === undefined).map(({ candidate }) => candidate);
  const order = eligible.sort(better).map(({ name }) => name);
  const best = eligible[0];
  return {
    ...(best === undefined ? {} : { chosen: best.name }),
    order,
    excluded: judged.flatMap(({ candidate: { name }, fork, reason }): Exclusion[] => {
      if (reason === undefined) return [];
      return [
        reason === 'timeline-not-in-lineage' && fork !== undefined ? { name, reason, words: fork } : { name, reason },
      ];
    }),
    keepsAcknowledgedCommits:
      best !== undefined &&
      keepsAcknowledged(
        best,
        judged.map(({ candidate }) => candidate),
        policy.durability,
      ),
  };
}

function descentOf({ timeline, history, position }: StandbyCandidate, lineage: DataLine | undefined): Descent {
  if (lineage === undefined || timeline === undefined) return {};
  return descent(lineage, {
    timeline,
    ...(history === undefined ? {} : { history }),
    ...(position === undefined ? {} : { position }),
  });
}

function whyNot(
  candidate: StandbyCandidate,
  fork: string | undefined,
  policy: ChooseStandbyPolicy,
): ExclusionReason | undefined {
  const { position, replayPosition } = candidate;
  if (!candidate.reachable) return 'unreachable';
  if (candidate.promotable === false) return 'not-promotable';
  if (candidate.inRecovery !== true) return 'not-in-recovery';
  if (policy.systemIdentifier !== undefined && candidate.systemIdentifier !== policy.systemIdentifier)
    return 'other-system';
  if (fork !== undefined) return 'timeline-not-in-lineage';
  if (position === undefined || position === null) return 'position-unknown';
  if (candidate.walReceiverStreaming === true) return 'still-streaming';
  const pending = replayPosition === undefined || replayPosition === null || compareLsn(replayPosition, position) < 0;
  if (candidate.replayPaused === true && pending) return 'replay-paused-with-wal-pending';
  return isTooFarBehind(position, policy) ? 'lag-over-limit' : undefined;
}

function isTooFarBehind(position: Lsn, { lastKnownPosition, maxLagBytes }: ChooseStandbyPolicy): boolean {
  if (lastKnownPosition === undefined || maxLagBytes === undefined) return false;
  return lsnDiffBytes(lastKnownPosition, position) > maxLagBytes;
}

function better(a: StandbyCandidate, b: StandbyCandidate): number {
  const byPosition = compareLsn(b.position ?? '0/0', a.position ?? '0/0');
  const byPriority = (b.priority ?? 0) - (a.priority ?? 0);
  return byPosition || byPriority || (a.name < b.name ? -1 : 1);
}

function keepsAcknowledged(
  best: StandbyCandidate,
  candidates: readonly StandbyCandidate[],
  durability: Durability | undefined,
): boolean {
  if (durability === undefined || durability.synchronousStandbys.length === 0 || durability.count < 1) return false;
  const { synchronousStandbys: names, count } = durability;
  const answered = candidates.filter(
    ({ name, reachable, position }) => reachable && position !== undefined && position !== null && names.includes(name),
  );
  if (answered.length + count <= names.length) return false;
  return answered.every(({ position }) => compareLsn(best.position ?? '0/0', position ?? '0/0') >= 0);
}

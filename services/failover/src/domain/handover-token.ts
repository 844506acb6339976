import { createHash } from 'node:crypto';
import { formatLsn, type Lsn, parseLsn } from '@novacron/drivers';

/** What a planned move's old primary leaves to its successor: where it ended, and for whom. */
export interface HandoverToken {
  readonly operationId: string;
  readonly database: string;
  readonly from: string;
  readonly to: string;
  /** The epoch that ends with the hand-over. */
  readonly epoch: number;
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** Of the shutdown checkpoint, the last record that the old primary wrote. */
  readonly checkpointLsn: Lsn;
  /** SHA-256 over all of it: a token that was put together from two is seen. */
  readonly seal: string;
}

/** How the taker is, held against the token. */
export interface Taker {
  readonly site: string;
  readonly inRecovery: boolean;
  readonly systemIdentifier: string;
}

export function sealed(token: Omit<HandoverToken, 'seal'>): HandoverToken {
  return { ...token, seal: sealOf(token) };
}

/** The taker has the shutdown checkpoint only beyond its first byte. */
export function handoverLsn({ checkpointLsn }: HandoverToken): Lsn {
  return formatLsn(parseLsn(checkpointLsn) + 1n);
}

/**
 * Why the token does not entitle the taker to go on; empty: it does. The timeline is no question to a standby, which may say an
 * older one than it replays: the promoted server's own history answers it, see `branchProblem`.
 */
export function tokenProblems(
  token: HandoverToken,
  move: { readonly operationId: string; readonly epoch: number; readonly from: string },
  taker: Taker,
): string[] {
  const { seal, ...facts } = token;
  const differs = (what: string, ofToken: string | number, now: string | number): string[] =>
    ofToken === now ? [] : [`is made for ${what} ${ofToken}, and this is ${now}`];
  return [
    ...(seal === sealOf(facts) ? [] : ['does not fit its seal']),
    ...differs('operation', token.operationId, move.operationId),
    ...differs('epoch', token.epoch, move.epoch),
    ...differs('a hand-over from', token.from, move.from),
    ...differs('a hand-over to', token.to, taker.site),
    ...differs('system', token.systemIdentifier, taker.systemIdentifier),
    ...(taker.inRecovery ? [] : [`is for a standby, and ${taker.site} is none`]),
  ];
}

/** Why a new timeline does not go on where the token ends. */
export function branchProblem({ timeline }: HandoverToken, previousTimeline: number | undefined): string | undefined {
  if (previousTimeline === timeline) return undefined;
  return `branches off timeline ${previousTimeline ?? 'unknown'}, and timeline ${timeline} was handed over`;
}

function sealOf(facts: Omit<HandoverToken, 'seal'>): string {
  const { operationId, database, from, to, epoch, systemIdentifier, timeline, checkpointLsn } = facts;
  const text = JSON.stringify([operationId, database, from, to, epoch, systemIdentifier, timeline, checkpointLsn]);
  return createHash('sha256').update(text).digest('hex');
}

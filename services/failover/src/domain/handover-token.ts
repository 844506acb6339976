import { createHmac, timingSafeEqual } from 'node:crypto';
import { formatLsn, type Lsn, parseLsn } from '@novacron/drivers';

/** What a planned move's old primary leaves to its successor: where it ended, and for whom. */
export interface HandoverToken {
  readonly estate: string;
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
  /** RFC 3339. A move that was left lying for longer is undone: what was true when the old primary stopped may not be any more. */
  readonly expiresAt: string;
  /** HMAC-SHA256 over all of it, in hexadecimal: who can write on the bus, where the token lies meanwhile, cannot make one. */
  readonly seal: string;
}

/** The move in which a token is taken, and what it is checked with. */
export interface Taking {
  readonly estate: string;
  readonly operationId: string;
  readonly epoch: number;
  readonly from: string;
  readonly key: Uint8Array;
  /** Milliseconds of the epoch. */
  readonly nowMs: number;
}

/** How the taker is, held against the token. */
export interface Taker {
  readonly site: string;
  readonly inRecovery: boolean;
  readonly systemIdentifier: string;
}

/** Longer than the longest hand-over and a restart of the service in the middle of it. */
const validMs = 15 * 60_000;

export function sealed(
  token: Omit<HandoverToken, 'seal' | 'expiresAt'>,
  { key, nowMs }: Pick<Taking, 'key' | 'nowMs'>,
): HandoverToken {
  const facts = { ...token, expiresAt: new Date(nowMs + validMs).toISOString() };
  return { ...facts, seal: sealOf(facts, key).toString('hex') };
}

/** The taker has the shutdown checkpoint only beyond its first byte. */
export function handoverLsn({ checkpointLsn }: HandoverToken): Lsn {
  return formatLsn(parseLsn(checkpointLsn) + 1n);
}

/**
 * Why the token does not entitle the taker to go on; empty: it does. The timeline is no question to a standby, which may say an
 * older one than it replays: the promoted server's own history answers it, see `branchProblem`.
 */
export function tokenProblems(token: HandoverToken, move: Taking, taker: Taker): string[] {
  const differs = (what: string, ofToken: string | number, now: string | number): string[] =>
    ofToken === now ? [] : [`is made for ${what} ${ofToken}, and this is ${now}`];
  const expiresAtMs = Date.parse(token.expiresAt);
  return [
    ...(isSealed(token, move.key) ? [] : ['is not signed with the key of this estate']),
    ...(expiresAtMs > move.nowMs ? [] : [`was valid until ${token.expiresAt}`]),
    ...differs('estate', token.estate, move.estate),
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

function isSealed({ seal, ...facts }: HandoverToken, key: Uint8Array): boolean {
  const expected = sealOf(facts, key);
  const given = Buffer.from(seal, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function sealOf(facts: Omit<HandoverToken, 'seal'>, key: Uint8Array): Buffer {
  const { estate, operationId, database, from, to, epoch, systemIdentifier, timeline, checkpointLsn, expiresAt } =
    facts;
  const who = [estate, operationId, database, from, to, epoch];
  const where = [systemIdentifier, timeline, checkpointLsn, expiresAt];
  return createHmac('sha256', key)
    .update(JSON.stringify([...who, ...where]))
    .digest();
}

/**
 * Whether a vantage counts. `blind`: it speaks, and says that it cannot see; `silent`: it says nothing; `unheard`: not yet
 * heard since we listen, and not yet late.
 */
export type Sight = 'seeing' | 'blind' | 'silent' | 'unheard';

export interface HeardOf {
  /** When its last sample came, on our monotonic clock; undefined when none did. */
  readonly lastHeardMs?: number;
  /** Fresh samples, and how many of them see; neither is counted further than to the first that sees. */
  readonly fresh: number;
  readonly freshSeeing: number;
}

export interface SightLimits {
  readonly silentAfterMs: number;
  /** How long a vantage that was never heard may take to start. */
  readonly unheardAfterMs: number;
}

/** A vantage speaks once in the interval, or in the shortest of its checks where all of them are slower. */
export function sightLimits(intervalMs: number, checkIntervalsMs: readonly number[]): SightLimits {
  const speaksEveryMs = Math.max(intervalMs, Math.min(...checkIntervalsMs));
  return { silentAfterMs: Math.max(5 * speaksEveryMs, 5_000), unheardAfterMs: Math.max(5 * speaksEveryMs, 30_000) };
}

/**
 * `listeningSinceMs` is when we began to hear the bus without a gap: silence before it is ours, not the vantage's.
 */
export function sightOf(heard: HeardOf, listeningSinceMs: number, nowMs: number, limits: SightLimits): Sight {
  if (heard.lastHeardMs === undefined) {
    return nowMs - listeningSinceMs > limits.unheardAfterMs ? 'silent' : 'unheard';
  }
  const since = Math.max(heard.lastHeardMs, listeningSinceMs);
  if (nowMs - since > limits.silentAfterMs) return 'silent';
  if (heard.fresh === 0) return 'unheard';
  return heard.freshSeeing === 0 ? 'blind' : 'seeing';
}

/** What is stored of a vantage: the number counts its losses, for ever. */
export interface VantageRecord {
  readonly number: number;
  readonly lost: boolean;
  /** RFC 3339, UTC. */
  readonly since: string;
}

export const vantageNeverLost: VantageRecord = { number: 0, lost: false, since: '1970-01-01T00:00:00.000Z' };

/** The record after a look, the same object when nothing changes; a loss is announced when `lost` becomes true. */
export function advanceVantage(before: VantageRecord, sight: Sight, at: string): VantageRecord {
  if (sight === 'unheard') return before;
  const lost = sight !== 'seeing';
  if (lost === before.lost) return before;
  return { number: lost ? before.number + 1 : before.number, lost, since: at };
}

export const sightReasons: Readonly<Record<'blind' | 'silent', string>> = {
  blind: 'it cannot reach its own witness',
  silent: 'nothing has been heard from it',
};

import type { CheckVerdict } from './judge-check.js';
import type { Voice } from './voice.js';

/** What is seen of the way between two sites, from both of its ends. */
export interface LinkSeen {
  /** The vantages at the check's own site, looking at the peer. */
  readonly outward: readonly Voice[];
  /** The vantages at the peer, looking back. */
  readonly inward: readonly Voice[];
  /** Whether something at this end, and at the other, works in the eyes of a majority of all vantages. */
  readonly hereAlive: boolean;
  readonly thereAlive: boolean;
}

type Direction = 'open' | 'slow' | 'cut' | 'unknown';

/**
 * The way between two sites. Each direction has its own witnesses, so it is not a vote: a cut in one direction is a fact of its
 * own. But an end that nobody reaches is not behind a cut, it is down: a direction counts as cut only while the end that it
 * leads to works for a majority that looks at it by other ways. The word travels over the bus, which is not the way in question.
 */
export function judgeLink(seen: LinkSeen): CheckVerdict & { readonly reason: string } {
  const outward = directionOf(seen.outward, seen.thereAlive);
  const inward = directionOf(seen.inward, seen.hereAlive);
  const voices = [...seen.outward, ...seen.inward];
  const seeing = voices.filter(({ word }) => word !== 'unknown').length;
  const failed = voices.filter(({ word }) => word === 'failed').length;
  const verdict = (state: CheckVerdict['state'], agreeing: number, reason: string) => ({
    state,
    seeing,
    agreeing,
    reason,
    steady: state === 'ok' && voices.every(({ word, steady }) => word === 'unknown' || steady),
  });
  if (outward === 'cut' && inward === 'cut') return verdict('failed', failed, 'is cut in both directions');
  if (outward === 'cut') return verdict('degraded', failed, 'is cut on the way there');
  if (inward === 'cut') return verdict('degraded', failed, 'is cut on the way back');
  if (outward === 'slow' || inward === 'slow') return verdict('degraded', seeing, 'is slow');
  if (outward === 'open' && inward === 'open') return verdict('ok', seeing, 'is open');
  return verdict('unknown', 0, 'cannot be seen from both ends');
}

function directionOf(voices: readonly Voice[], endAlive: boolean): Direction {
  const seeing = voices.filter(({ word }) => word !== 'unknown');
  const isMajority = (word: Voice['word']): boolean =>
    seeing.filter((voice) => voice.word === word).length * 2 > seeing.length;
  if (isMajority('failed')) return endAlive ? 'cut' : 'unknown';
  if (isMajority('degraded')) return 'slow';
  return isMajority('ok') ? 'open' : 'unknown';
}

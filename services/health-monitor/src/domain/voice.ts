import type { Opinion, SettlingRules } from './opinion.js';

/**
 * What one vantage says of one check at the moment of judging. `undecided` sees, but not yet often enough; `unknown` cannot
 * see, has gone silent, or was never heard.
 */
export interface Voice {
  readonly word: 'ok' | 'degraded' | 'failed' | 'undecided' | 'unknown';
  /** Well, and for as many samples in a row as a recovery asks. */
  readonly steady: boolean;
}

export const silence: Voice = { word: 'unknown', steady: false };

/** An opinion counts only while it is fresh: an old sample says nothing about now. */
export function voiceOf(opinion: Opinion | undefined, fresh: boolean, rules: SettlingRules): Voice {
  if (opinion === undefined || !fresh || opinion.last.state === 'unknown') return silence;
  const word = opinion.settled ?? 'undecided';
  return { word, steady: word === 'ok' && opinion.successes >= rules.recoveries };
}

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
// Each is one object: thousands of checks at several vantages say the same.
const steadilyOk: Voice = { word: 'ok', steady: true };
const unsteadily: Readonly<Record<Exclude<Voice['word'], 'unknown'>, Voice>> = {
  ok: { word: 'ok', steady: false },
  degraded: { word: 'degraded', steady: false },
  failed: { word: 'failed', steady: false },
  undecided: { word: 'undecided', steady: false },
};

/**
 * An opinion counts only while it is fresh: an old sample says nothing about now. Trouble counts only while the last sample
 * shows it too: a vantage that has begun to see a target well again is not yet convinced, and no longer a witness against it.
 * What comes and goes is unsteady, in between too: that is degraded.
 */
export function voiceOf(opinion: Opinion | undefined, fresh: boolean, rules: SettlingRules): Voice {
  if (opinion === undefined || !fresh || opinion.last.state === 'unknown') return silence;
  const { settled = 'undecided', last } = opinion;
  const answersAgain =
    (settled === 'failed' && last.state !== 'failed') || (settled === 'degraded' && last.state === 'ok');
  const word = answersAgain ? (opinion.unsteady ? 'degraded' : 'undecided') : settled;
  return word === 'ok' && opinion.successes >= rules.recoveries ? steadilyOk : unsteadily[word];
}

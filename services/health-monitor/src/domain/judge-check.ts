import type { Voice } from './voice.js';

export interface CheckVerdict {
  /** `unknown`: too few can see, or those who see do not agree. */
  readonly state: 'ok' | 'degraded' | 'failed' | 'unknown';
  readonly seeing: number;
  readonly agreeing: number;
  /** Well in steady eyes of a majority: what ends an episode. */
  readonly steady: boolean;
  /** Where the state alone does not say what is wrong. */
  readonly reason?: string;
}

/**
 * One check in the eyes of all vantages, one voice each. A verdict needs a strict majority of those that can see, and
 * those that can see must be a strict majority of all: a lone vantage, or a half, never decides.
 */
export function judgeCheck(voices: readonly Voice[]): CheckVerdict {
  const seeing = voices.filter((voice) => voice.word !== 'unknown');
  const nobody: CheckVerdict = { state: 'unknown', seeing: seeing.length, agreeing: 0, steady: false };
  if (seeing.length * 2 <= voices.length) return nobody;

  const count = (test: (voice: Voice) => boolean): number => seeing.filter(test).length;
  const isMajority = (votes: number): boolean => votes * 2 > seeing.length;
  const verdict = (state: CheckVerdict['state'], agreeing: number): CheckVerdict => ({
    state,
    seeing: seeing.length,
    agreeing,
    steady: state === 'ok' && isMajority(count((voice) => voice.steady)),
  });
  const failed = count((voice) => voice.word === 'failed');
  if (isMajority(failed)) return verdict('failed', failed);
  const troubled = count((voice) => voice.word === 'failed' || voice.word === 'degraded');
  if (isMajority(troubled)) return verdict('degraded', troubled);
  const well = count((voice) => voice.word === 'ok');
  return isMajority(well) ? verdict('ok', well) : nobody;
}

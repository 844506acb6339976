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

/** One check in the eyes of all vantages, their voices in the order of the estate. */
export interface CheckView {
  readonly voices: readonly Voice[];
  readonly verdict: CheckVerdict;
}

export function viewOf(voices: readonly Voice[]): CheckView {
  return { voices, verdict: judgeCheck(voices) };
}

/**
 * One check in the eyes of all vantages, one voice each. A verdict needs a strict majority of those that can see, and
 * those that can see must be a strict majority of all: a lone vantage, or a half, never decides.
 */
export function judgeCheck(voices: readonly Voice[]): CheckVerdict {
  // One pass: with thousands of checks this is asked tens of thousands of times a second.
  const said = { ok: 0, degraded: 0, failed: 0, undecided: 0, unknown: 0 };
  let steady = 0;
  for (const voice of voices) {
    said[voice.word] += 1;
    if (voice.steady) steady += 1;
  }
  const seeing = voices.length - said.unknown;
  const nobody: CheckVerdict = { state: 'unknown', seeing, agreeing: 0, steady: false };
  if (seeing * 2 <= voices.length) return nobody;
  const isMajority = (votes: number): boolean => votes * 2 > seeing;
  const { failed, ok } = said;
  if (isMajority(failed)) return { state: 'failed', seeing, agreeing: failed, steady: false };
  const troubled = failed + said.degraded;
  if (isMajority(troubled)) return { state: 'degraded', seeing, agreeing: troubled, steady: false };
  return isMajority(ok) ? { state: 'ok', seeing, agreeing: ok, steady: isMajority(steady) } : nobody;
}

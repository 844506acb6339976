import { judgeCheck } from './judge-check.js';
import type { Voice } from './voice.js';

const words: Record<string, Voice> = {
  O: { word: 'ok', steady: true },
  o: { word: 'ok', steady: false },
  s: { word: 'degraded', steady: false },
  f: { word: 'failed', steady: false },
  d: { word: 'undecided', steady: false },
  u: { word: 'unknown', steady: false },
};

function judge(voices: string): string {
  const verdict = judgeCheck(voices.split('').map((letter) => words[letter]!));
  return `${verdict.state}${verdict.steady ? ', steady' : ''} ${verdict.agreeing}/${verdict.seeing}`;
}

describe('one check in the eyes of all vantages', () => {
  // One letter for each vantage of the estate: O steadily well, o well, s slow, f failed, d undecided, u cannot see.
  it.each([
    ['OOO', 'ok, steady 3/3'],
    ['OOo', 'ok, steady 3/3'],
    ['Ooo', 'ok 3/3'],
    ['fff', 'failed 3/3'],
    ['ffO', 'failed 2/3'],
    ['ffs', 'failed 2/3'],
    ['ffd', 'failed 2/3'],
    ['fOO', 'ok, steady 2/3'],
    ['fOs', 'degraded 2/3'],
    ['fss', 'degraded 3/3'],
    ['sss', 'degraded 3/3'],
    ['sOO', 'ok, steady 2/3'],
    ['ssO', 'degraded 2/3'],
    ['fOd', 'unknown 0/3'],
    ['ddd', 'unknown 0/3'],
    ['dOO', 'ok, steady 2/3'],
    ['ddO', 'unknown 0/3'],
    ['ffu', 'failed 2/2'],
    ['fOu', 'unknown 0/2'],
    ['OOu', 'ok, steady 2/2'],
    ['fsu', 'degraded 2/2'],
    ['sOu', 'unknown 0/2'],
    ['fuu', 'unknown 0/1'],
    ['Ouu', 'unknown 0/1'],
    ['uuu', 'unknown 0/0'],
    ['ffff', 'failed 4/4'],
    ['ffOO', 'unknown 0/4'],
    ['fffO', 'failed 3/4'],
    ['ffuu', 'unknown 0/2'],
    ['fffu', 'failed 3/3'],
    ['fffOO', 'failed 3/5'],
    ['ffOOO', 'ok, steady 3/5'],
    ['ffOOu', 'unknown 0/4'],
    ['fffuu', 'failed 3/3'],
    ['ffuuu', 'unknown 0/2'],
  ])('%s: %s', (voices, expected) => {
    expect(judge(voices)).toBe(expected);
  });
});

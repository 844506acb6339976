import { judgeLink } from './judge-link.js';
import type { Voice } from './voice.js';

const words: Record<string, Voice> = {
  O: { word: 'ok', steady: true },
  o: { word: 'ok', steady: false },
  s: { word: 'degraded', steady: false },
  f: { word: 'failed', steady: false },
  d: { word: 'undecided', steady: false },
  u: { word: 'unknown', steady: false },
};
const voices = (letters: string): Voice[] => letters.split('').map((letter) => words[letter] as Voice);

describe('the way between two sites', () => {
  // Outward, inward, and which ends work in the eyes of the others: here, there.
  it.each([
    ['O', 'O', 'both', 'ok, steady: is open'],
    ['o', 'O', 'both', 'ok: is open'],
    ['f', 'f', 'both', 'failed: is cut in both directions'],
    ['f', 'O', 'both', 'degraded: is cut on the way there'],
    ['O', 'f', 'both', 'degraded: is cut on the way back'],
    ['f', 'u', 'both', 'degraded: is cut on the way there'],
    ['f', 'd', 'both', 'degraded: is cut on the way there'],
    ['f', 'O', 'here', 'unknown: cannot be seen from both ends'],
    ['f', 'u', 'here', 'unknown: cannot be seen from both ends'],
    ['f', 'f', 'here', 'degraded: is cut on the way back'],
    ['f', 'f', 'there', 'degraded: is cut on the way there'],
    ['f', 'f', 'none', 'unknown: cannot be seen from both ends'],
    ['O', 'u', 'both', 'unknown: cannot be seen from both ends'],
    ['u', 'u', 'both', 'unknown: cannot be seen from both ends'],
    ['d', 'O', 'both', 'unknown: cannot be seen from both ends'],
    ['s', 'O', 'both', 'degraded: is slow'],
    ['f', 's', 'both', 'degraded: is cut on the way there'],
    ['fO', 'O', 'both', 'unknown: cannot be seen from both ends'],
    ['ffO', 'O', 'both', 'degraded: is cut on the way there'],
    ['fOO', 'O', 'both', 'ok, steady: is open'],
    ['fu', 'fu', 'both', 'failed: is cut in both directions'],
    ['', '', 'both', 'unknown: cannot be seen from both ends'],
  ])('out %j, in %j, %s alive: %s', (outward, inward, alive, expected) => {
    const verdict = judgeLink({
      outward: voices(outward),
      inward: voices(inward),
      hereAlive: alive === 'both' || alive === 'here',
      thereAlive: alive === 'both' || alive === 'there',
    });
    const expectSteady = expected.includes(', steady');
    expect(`${verdict.state}${expectSteady ? ', steady' : ''}: ${verdict.reason}`).toBe(expected);
    if (!outward.includes('f')) expect(verdict.steady).toBe(expectSteady);
  });
});

import type { CheckState } from '@novacron/contracts';
import { isNews, isUnsettled, nextOpinion, type Opinion, type Sample, type SettlingRules } from './opinion.js';
import { voiceOf } from './voice.js';

const rules = { failures: 3, recoveries: 3 };
const letters: Record<string, CheckState> = { o: 'ok', s: 'degraded', f: 'failed', u: 'unknown' };

/** A vantage that counts its own failures, as real ones do. */
function samples(row: string): Sample[] {
  let failures = 0;
  return row.split('').map((letter) => {
    const state = letters[letter] ?? 'unknown';
    failures = state === 'failed' ? failures + 1 : 0;
    return { state, consecutiveFailures: failures, latencyMs: 1, observedAt: '2026-01-01T00:00:00Z' };
  });
}

function after(row: string, by: SettlingRules = rules): Opinion | undefined {
  return samples(row).reduce<Opinion | undefined>((opinion, sample) => nextOpinion(opinion, sample, by), undefined);
}

describe('what a vantage holds of a check', () => {
  // o well, s slow, f failed, u could not see; three failures, three recoveries.
  it.each([
    ['o', 'ok', 'the first good sample settles'],
    ['f', undefined, 'one failure settles nothing'],
    ['ff', undefined, 'nor do two'],
    ['fff', 'failed', 'three in a row do'],
    ['off', 'ok', 'two failures of what was well'],
    ['offo', 'ok', 'a good sample breaks the row'],
    ['offofoff', 'ok', 'failures that are not in a row'],
    ['offf', 'failed', 'three in a row'],
    ['offuf', 'ok', 'a blind moment breaks the row'],
    ['offufff', 'failed', 'and the row begins anew'],
    ['offfu', 'failed', 'what was settled stays through a blind moment'],
    ['offfo', 'failed', 'one good sample is no recovery'],
    ['offfoo', 'failed', 'nor are two'],
    ['offfooo', 'ok', 'three are'],
    ['offfoofooo', 'ok', 'a failure in between begins the recovery anew'],
    ['offfoofoo', 'failed', 'and two after it are not enough'],
    ['offfoouo', 'failed', 'a blind moment breaks the recovery'],
    ['oss', 'ok', 'two slow samples'],
    ['osss', 'degraded', 'three slow ones'],
    ['sss', 'degraded', 'slow from the start'],
    ['s', undefined, 'slow once, nothing known'],
    ['osfs', 'degraded', 'slow and failing by turns is never well'],
    ['osff', 'degraded', 'and is not failed either'],
    ['osfff', 'failed', 'until the failures are in a row'],
    ['offfs', 'failed', 'one slow answer is no recovery'],
    ['offfsss', 'degraded', 'three slow answers: it is back, and slow'],
    ['offfsos', 'degraded', 'three answers of either kind'],
    ['osssooo', 'ok', 'slow no more'],
    ['osssoo', 'degraded', 'not yet'],
    ['u', undefined, 'never seen'],
    ['uuu', undefined, 'never seen, however often'],
  ] as const)('%s: %s (%s)', (row, settled, _why) => {
    expect(after(row)?.settled).toBe(settled);
  });

  it('goes on with the count of the vantage itself, of which some samples were not heard', () => {
    const heardLate = nextOpinion(after('o'), { ...samples('fffff')[4]!, consecutiveFailures: 5 }, rules);

    expect(heardLate).toMatchObject({ settled: 'failed', failures: 5 });
  });

  it.each([
    ['o', false],
    ['of', true],
    ['off', true],
    ['offf', false],
    ['offfo', true],
    ['offfooo', false],
    ['os', true],
    ['osss', false],
    ['u', false],
    ['ofu', false],
    ['f', true],
  ])('%s is looked at again soon: %s', (row, expected) => {
    expect(isUnsettled(after(row))).toBe(expected);
  });
});

describe('three failures of five looks', () => {
  const window = { ...rules, window: { failures: 3, of: 5 } };
  it.each([
    ['ofofo', 'ok', 'two of five'],
    ['fofof', 'failed', 'three of five, never two in a row'],
    ['offof', 'failed', 'three of five'],
    ['ofooofoof', 'ok', 'three of nine'],
    ['fuufuf', 'ok', 'what was not seen takes its place: two of the last five'],
    ['fofofo', 'failed', 'one good sample is no recovery'],
    ['fofofoo', 'failed', 'nor are two'],
    ['fofofooo', 'ok', 'three in a row are, when no more than two of five failed'],
    ['fffooo', 'ok', 'after three in a row too'],
    ['fofsf', 'failed', 'a slow answer in between'],
    ['fff', 'failed', 'three in a row need no window'],
  ])('%s: %s (%s)', (row, settled) => {
    expect(after(row, window)?.settled ?? 'ok').toBe(settled);
  });
});

describe('what is no news', () => {
  /** Every row of seven letters that a vantage can see, under rules with and without a window. */
  const rows = Array.from({ length: 4 ** 7 }, (_, i) =>
    i
      .toString(4)
      .padStart(7, '0')
      .replaceAll(/\d/gu, (digit) => 'osfu'[Number(digit)] as string),
  );
  it.each([[rules], [{ ...rules, window: { failures: 2, of: 4 } }]])(
    'changes nothing of what a vantage says: %j',
    (by) => {
      for (const row of rows) {
        let opinion: Opinion | undefined;
        for (const sample of samples(row)) {
          const next = nextOpinion(opinion, sample, by);
          if (!isNews(opinion, next, by)) {
            const [said, says] = [voiceOf(opinion, true, by), voiceOf(next, true, by)];
            if (said.word !== says.word || said.steady !== says.steady)
              throw new Error(`${row}: ${said.word} became ${says.word}`);
          }
          opinion = next;
        }
      }
    },
  );

  it.each([
    ['ooooo', false],
    ['oo', false],
    ['ooo', true],
    ['ooof', true],
    ['oooff', true],
    ['ooofff', true],
    ['oooffff', false],
    ['ooofffo', true],
    ['uuu', false],
    ['ooou', true],
  ])('the last of %s is news: %s', (row, expected) => {
    const [last, before] = [after(row), after(row.slice(0, -1))];
    expect(isNews(before, last as Opinion, rules)).toBe(expected);
  });
});

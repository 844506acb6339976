import { viewOf } from './judge-check.js';
import { judgeSite, type SiteVerdict } from './judge-site.js';
import type { Voice } from './voice.js';

const words: Record<string, Voice> = {
  O: { word: 'ok', steady: true },
  o: { word: 'ok', steady: false },
  s: { word: 'degraded', steady: false },
  f: { word: 'failed', steady: false },
  d: { word: 'undecided', steady: false },
  u: { word: 'unknown', steady: false },
};
const roles = ['database', 'api', 'workers', 'cache'] as const;
const siteLostWhen = ['database', 'api', 'workers'];

/** One word for each vantage, in it one letter for each of the database, the API, the workers and the cache. */
function judge(row: string, muted: readonly string[] = [], names: readonly string[] = roles): SiteVerdict {
  const said = row.split(' ');
  const voices = (name: string): Voice[] => said.map((letters) => words[letters[names.indexOf(name)] ?? 'u']!);
  return judgeSite({
    checks: names.map((name) => ({
      name,
      role: name.split('-')[0]!,
      muted: muted.includes(name),
      view: viewOf(voices(name)),
    })),
    vantages: said.map((_, index) => `v${index}`),
    siteLostWhen,
  });
}

function summary(verdict: SiteVerdict): string {
  const steady = verdict.steady ? ', steady' : '';
  return `${verdict.state}${steady} ${verdict.vantagesAgreeing}/${verdict.vantagesSeeing} ${Object.keys(verdict.troubled).join()}`.trim();
}

describe('a site in the eyes of all vantages', () => {
  it.each([
    ['OOOO OOOO OOOO', 'ok, steady 0/3', 'all is well'],
    ['OOOo OOOo OOOO', 'ok 0/3', 'well, one check not long enough for two of three'],
    ['ffff ffff ffff', 'lost 3/3 database,api,workers,cache', 'all agree'],
    ['ffff ffff OOOO', 'lost 2/3 database,api,workers,cache', 'a majority agrees'],
    ['fffO fffO fffO', 'lost 3/3 database,api,workers', 'the cache is not vital'],
    ['OOOf OOOf OOOf', 'degraded 0/3 cache', 'the cache alone'],
    ['OOOs OOOs OOOO', 'degraded 0/3 cache', 'a slow cache'],
    ['ffff OOOO OOOO', 'ok, steady 1/3', 'one vantage alone'],
    ['ffff dddd OOOO', 'unknown 1/3', 'one alone, one undecided'],
    ['ffff dddd dddd', 'unknown 1/3', 'the others have not settled'],
    ['ffff ffff dddd', 'lost 2/3 database,api,workers,cache', 'two have, and that is a majority'],
    ['ffff ffff uuuu', 'lost 2/2 database,api,workers,cache', 'the third is blind'],
    ['ffff OOOO uuuu', 'unknown 1/2', 'a tie of the two that see'],
    ['ffff uuuu uuuu', 'unknown 1/1', 'one eye is no quorum'],
    ['OOOO uuuu uuuu', 'unknown 0/1', 'nor does one eye say that all is well'],
    ['uuuu uuuu uuuu', 'unknown 0/0', 'nobody sees'],
    ['ffOO ffOO ffOO', 'degraded 0/3 database,api', 'the workers still work'],
    ['fffO ffOO OOOO', 'degraded 1/3 database,api', 'a majority for parts, not for the whole'],
    ['ffOO fOfO OffO', 'degraded 0/3 database,api,workers', 'each role has a majority, and no vantage has seen a loss'],
    ['fffO ffsO ffsO', 'degraded 1/3 database,api,workers', 'slow workers are workers'],
    ['fffO ffdO ffdO', 'degraded 1/3 database,api', 'undecided is not failed'],
    [
      'fffO fffO OuuO',
      'lost 2/3 database,api,workers',
      'one who sees the database well and nothing else speaks against',
    ],
    ['fffO uffO OOOO', 'degraded 1/2 api,workers', 'what a vantage does not see it does not call failed'],
    ['uffO uffO uffO', 'degraded 0/0 api,workers', 'nobody sees the database: nobody can say lost'],
    ['fffO fffO uffO', 'lost 2/2 database,api,workers', 'two of the two that see the whole'],
    ['fffO uffO uffO', 'degraded 1/1 api,workers', 'one of the one that sees the whole is no quorum'],
    ['ffff ffff ffff OOOO OOOO', 'lost 3/5 database,api,workers,cache', 'three of five'],
    ['ffff ffff OOOO OOOO OOOO', 'ok, steady 2/5', 'two of five'],
    ['ffff ffff uuuu OOOO OOOO', 'unknown 2/4', 'two of four: a tie'],
    ['ffff ffff OOOO OOOO', 'unknown 2/4', 'an even number of vantages can tie'],
    ['ffff ffff uuuu uuuu', 'unknown 2/2', 'half of all is no quorum'],
    ['ssss ssss ssss', 'degraded 0/3 database,api,workers,cache', 'everything is slow: not lost'],
    ['dddd dddd dddd', 'unknown 0/3', 'just started, and nothing answers'],
    ['OOdO OOdO OOOO', 'unknown 0/3', 'one check still undecided'],
  ])('%s: %s (%s)', (row, expected) => {
    expect(summary(judge(row))).toBe(expected);
  });

  it.each([
    ['ffff ffff ffff', ['database', 'api', 'workers', 'cache'], 'unknown 0/3', 'the whole site'],
    ['OOOf OOOf OOOf', ['cache'], 'ok, steady 0/3', 'what fails is muted'],
    ['OOff OOff OOff', ['cache'], 'degraded 0/3 workers', 'something else fails too'],
    ['ffff ffff ffff', ['cache'], 'lost 3/3 database,api,workers', 'the mute is not of a vital role'],
    ['ffff ffff ffff', ['workers'], 'degraded 0/3 database,api,cache', 'a vital role that is muted has not failed'],
  ])('%s with %j muted: %s (%s)', (row, muted, expected) => {
    expect(summary(judge(row, muted))).toBe(expected);
  });

  it('says that work is announced where it says that all else is well', () => {
    expect(judge('OOOf OOOf OOOf', ['cache']).reason).toBe('every check that is not in maintenance is well');
    expect(judge('OOOO OOOO OOOO').reason).toBe('every check is well');
  });

  it('needs every check of a role to fail', () => {
    const names = ['database', 'api', 'api-2', 'workers'];

    expect(summary(judge('ffOf ffOf ffOf', [], names))).toBe('degraded 0/3 database,api,workers');
    expect(summary(judge('ffff ffff ffff', [], names))).toBe('lost 3/3 database,api,api-2,workers');
    expect(summary(judge('ffff ffff ffff', ['api-2'], names))).toBe('lost 3/3 database,api,workers');
  });

  it('asks only for the vital roles that the site has', () => {
    expect(summary(judge('fO fO fO', [], ['database', 'cache']))).toBe('lost 3/3 database');
  });

  it('never loses a site without a vital check, nor one that nobody looks at', () => {
    expect(summary(judge('f f f', [], ['cache']))).toBe('degraded 0/3 cache');
    expect(judge('O O O', [], [])).toMatchObject({ state: 'unknown', reason: 'no check looks at it' });
  });

  it.each([
    ['ffff ffff OOOO', '2 of 3 vantages that can see find database, api and workers failed'],
    ['OOfs OOfs OOfs', 'workers has failed and cache is slow or unsteady'],
    ['ffff uuuu uuuu', 'too few vantages can see database, api, workers and cache'],
    ['fOOO OOOO uuuu', 'the vantages do not agree on database'],
  ])('%s: "%s"', (row, reason) => {
    expect(judge(row).reason).toBe(reason);
  });
});

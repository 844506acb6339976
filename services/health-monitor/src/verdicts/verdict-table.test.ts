import { type Check, type Estate, Observation } from '@novacron/contracts';
import { advance, noEpisode } from '../domain/episode.js';
import { MaintenanceBook } from './maintenance-book.js';
import { Picture } from './picture.js';
import { SiteJudge } from './site-judge.js';

const roles = ['database', 'api', 'workers'] as const;
const site = 'primary';
const flapping = { news: 4, withinMs: 100_000, settleMs: 10_000 };

/** What a vantage finds of the database, the API and the workers, by the letter of a second. */
const found: Readonly<Record<string, readonly ('ok' | 'degraded' | 'failed' | 'unknown')[]>> = {
  o: ['ok', 'ok', 'ok'],
  s: ['degraded', 'degraded', 'degraded'],
  f: ['failed', 'failed', 'failed'],
  d: ['failed', 'ok', 'ok'],
  w: ['failed', 'failed', 'ok'],
  u: ['unknown', 'unknown', 'unknown'],
};
const letters: Readonly<Record<string, string>> = { HealthDegraded: 'D', HealthRecovered: 'R', SiteLost: 'L' };

/**
 * A story, a word for each vantage and a letter for each second (`-` says nothing at all; `o*9` is nine of them), every check
 * looked at each second, fresh for three: the verdict at its end, who agreed among those that see, and what was announced.
 */
function told(story: string): string {
  const words = story
    .split(' ')
    .map((word) =>
      word.replaceAll(/(?<letter>.)\*(?<times>\d+)/gu, (_, letter: string, times: string) =>
        letter.repeat(Number(times)),
      ),
    );
  const vantages = words.map((_, index) => `v${index}`);
  const checks = roles.map((role): Check => ({ name: role, site, role, kind: 'tcp' }));
  const rules = { failures: 3, recoveries: 3, siteLostWhen: [...roles] };
  const health = { interval: '1s', timeout: '800ms', vantages: vantages.map((name) => ({ name })), checks, rules };
  const estate = { sites: [{ name: site, role: 'production' }], health } as unknown as Estate;
  let nowMs = 0;
  const picture = new Picture(estate.health, () => nowMs);
  const judge = new SiteJudge(
    estate,
    picture,
    new MaintenanceBook({ read: async () => undefined, write: async () => 1 }),
  );
  const inARow = new Map<string, number>();
  let episode = noEpisode;
  let said = '';
  const length = Math.max(...words.map((word) => word.length));
  for (let second = 0; second < length; second += 1) {
    nowMs += 1_000;
    for (const [v, vantage] of vantages.entries()) {
      const states = found[words[v]?.[second] ?? '-'] ?? [];
      for (const [r, state] of states.entries()) {
        const check = roles[r] as string;
        const key = `${vantage}/${check}`;
        inARow.set(key, state === 'failed' ? (inARow.get(key) ?? 0) + 1 : 0);
        const sample = { state, consecutiveFailures: inARow.get(key) ?? 0, latencyMs: 1 };
        picture.hear(
          new Observation({ vantage, site, check, kind: 'tcp', observedAt: new Date(nowMs).toISOString(), ...sample }),
        );
      }
    }
    const step = advance(episode, judge.judge(site), new Date(second * 1_000).toISOString(), flapping);
    episode = step.episode;
    said += step.announce === undefined ? '' : letters[step.announce];
  }
  const { state, steady, vantagesAgreeing, vantagesSeeing } = judge.judge(site);
  const held = episode.flapping === undefined ? '' : ', flapping';
  return `${state}${steady ? ', steady' : ''} ${vantagesAgreeing}/${vantagesSeeing} ${said || '-'}${held}`;
}

describe('the verdict of a site', () => {
  it.each([
    ['ooo ooo ooo', 'ok, steady 0/3 -', 'well, and for long enough'],
    ['oo oo oo', 'ok 0/3 -', 'well, not yet for long enough to end anything'],
    ['f f f', 'unknown 0/3 -', 'one failure each says nothing yet'],
    ['ff ff ff', 'unknown 0/3 -', 'nor do two'],
    ['fff fff fff', 'lost 3/3 L', 'three in a row at every vantage'],
    ['ooofff ooofff ooofff', 'lost 3/3 L', 'a site that worked, three failures in a row everywhere'],
    ['oooff oooff oooff', 'ok 0/3 -', 'two failures in a row everywhere'],
    ['oooffo oooffo oooffo', 'ok 0/3 -', 'two failures, and it answers again'],
    ['oooffoff oooffoff oooffoff', 'ok 0/3 -', 'failures that are not in a row'],
    ['ooofff ooofff oooooo', 'lost 2/3 L', 'two of three'],
    ['ooofff oooooo oooooo', 'ok, steady 1/3 -', 'one of three'],
    ['ooof*20 oooo*20 oooo*20', 'ok, steady 1/3 -', 'one of three, for ever'],
    ['ooofff ooooff oooooo', 'ok 1/3 -', 'the second is not sure yet'],
    ['ooofffo ooooffo ooooooo', 'ok 0/3 -', 'and is not going to be'],
    ['ooofff oooooff ooooooff', 'ok 1/3 -', 'they see it at moments of their own: one is sure'],
    ['oooffff ooofffo oooffff', 'lost 2/3 L', 'one that was sure sees it answer'],
    ['oooffffoo ooofffffo oooffffff', 'unknown 1/3 L', 'and so does another'],
    ['ooofffooo ooofffooo ooofffooo', 'ok, steady 0/3 LR', 'lost, and back for as long as a recovery takes'],
    ['ooofffoo ooofffoo ooofffoo', 'unknown 0/3 L', 'lost, and back for too short'],
    ['ooofffoof ooofffoof ooofffoof', 'lost 3/3 L', 'lost, back, and failing again'],
    ['ooofffooofff ooofffooofff ooofffooofff', 'lost 3/3 LRL', 'lost twice: two episodes'],
    ['oooddd oooddd oooddd', 'degraded 0/3 D', 'the database alone'],
    ['ooowww ooowww ooowww', 'degraded 0/3 D', 'the database and the API: workers go on'],
    ['ooodddfff ooodddfff ooodddfff', 'lost 3/3 DL', 'the database first, then the whole'],
    ['ooofffddd ooofffddd ooofffddd', 'degraded 0/3 LD', 'lost, then all but the database is back'],
    ['ooofff oooddd oooddd', 'degraded 1/3 D', 'one has lost it whole, two the database alone'],
    ['ooofff ooofff oooddd', 'lost 2/3 L', 'two have lost it whole'],
    ['ooosss ooosss ooosss', 'degraded 0/3 D', 'slow everywhere'],
    ['ooosss ooosss oooooo', 'degraded 0/3 D', 'slow for two'],
    ['ooosss oooooo oooooo', 'ok, steady 0/3 -', 'slow for one'],
    ['ooosss ooofff oooooo', 'degraded 1/3 D', 'slow for one, failed for another: two of three in trouble'],
    ['ooosss ooofff ooofff', 'lost 2/3 L', 'slow for one, failed for two'],
    ['ooosfsf ooosfsf ooosfsf', 'degraded 0/3 D', 'slow and failing by turns is trouble, and not a loss'],
    ['ooofffsss ooofffsss ooofffsss', 'degraded 0/3 LD', 'it answers again, slowly'],
    ['ooofffsssooo ooofffsssooo ooofffsssooo', 'ok, steady 0/3 LDR', 'and then as it should'],
    ['ooouuu oooooo oooooo', 'ok, steady 0/2 -', 'one is blind'],
    ['ooouuu ooouuu oooooo', 'unknown 0/1 -', 'two are blind'],
    ['ooouuu ooouuu ooouuu', 'unknown 0/0 -', 'all are blind'],
    ['uuu uuu uuu', 'unknown 0/0 -', 'blind from the start'],
    ['ooofff ooofff ooouuu', 'lost 2/2 L', 'one is blind, the other two agree'],
    ['ooofff oooooo ooouuu', 'unknown 1/2 -', 'one is blind, the others do not agree: a tie'],
    ['ooofff ooouuu ooouuu', 'unknown 1/1 -', 'two are blind: one eye is no quorum'],
    ['oooffu oooffu oooffu', 'unknown 0/0 -', 'blind before it was sure'],
    ['oooffuf oooffuf oooffuf', 'ok 0/3 -', 'a blind moment breaks the row'],
    ['oooffufff oooffufff oooffufff', 'lost 3/3 L', 'which begins anew'],
    ['ooofffu ooofffu ooofffu', 'unknown 0/0 L', 'lost, and then all are blind: nothing is told'],
    ['ooofffuu ooofffuu ooofffff', 'unknown 1/1 L', 'lost, and two go blind: one eye is no quorum'],
    ['ooofffuuufff ooofffuuufff ooofffuuufff', 'lost 3/3 L', 'lost, blind, and still lost: told once'],
    ['ooofffuuuooo ooofffuuuooo ooofffuuuooo', 'ok, steady 0/3 LR', 'lost, blind, and back'],
    ['ooo--- oooooo oooooo', 'ok, steady 0/3 -', 'one is silent, and still fresh'],
    ['ooo----- oooooooo oooooooo', 'ok, steady 0/2 -', 'one is silent, and stale'],
    ['ooo----- ooo----- oooooooo', 'unknown 0/1 -', 'two are silent: what they last said is stale'],
    ['ooo----- ooo----- ooo-----', 'unknown 0/0 -', 'all are silent'],
    [
      'ooofff----- ooofff----- ooofffooooo',
      'unknown 0/1 L',
      'two that had lost it fall silent: stale evidence is none',
    ],
    ['ooofff--- ooofff--- ooofffooo', 'lost 2/3 L', 'and while it is fresh it counts, against one that sees better'],
    ['ooofffff ooofff-- ooofff--', 'lost 3/3 L', 'fresh enough: they agree'],
    ['ooofff----fff ooofff----fff ooofff----fff', 'lost 3/3 L', 'lost, silent, and lost still: told once'],
    ['ooofff----ooo ooofff----ooo ooofff----ooo', 'ok, steady 0/3 LR', 'lost, silent, and back'],
    ['ooofff ooofff ooo---', 'lost 2/3 L', 'one silent, the other two agree'],
    ['------ ooofff ooofff', 'lost 2/2 L', 'one never heard, the other two agree'],
    ['------ oooooo oooooo', 'ok, steady 0/2 -', 'one never heard, the other two are well'],
    ['------ ------ ooofff', 'unknown 1/1 -', 'two never heard'],
    ['ooofff ooofff ooofff oooooo oooooo', 'lost 3/5 L', 'three of five'],
    ['ooofff ooofff oooooo oooooo oooooo', 'ok, steady 2/5 -', 'two of five'],
    ['ooofff ooofff ooouuu oooooo oooooo', 'unknown 2/4 -', 'two of four that see: a tie'],
    ['ooofff ooofff ooofff ooouuu ooouuu', 'lost 3/3 L', 'three of three that see, and those are a majority of five'],
    ['ooofff ooofff ooouuu ooouuu ooouuu', 'unknown 2/2 -', 'two of five see: no quorum'],
    ['ooofff ooofff oooooo oooooo', 'unknown 2/4 -', 'two of four: a tie'],
    ['ooofff ooofff ooofff oooooo', 'lost 3/4 L', 'three of four'],
    ['ooofff ooofff ooouuu ooouuu', 'unknown 2/2 -', 'half of four see: no quorum'],
    ['ooofffooofffooo ooofffooofffooo ooofffooofffooo', 'ok, steady 0/3 LRLR', 'losses are told, however often'],
    [
      'ooodddooodddooo ooodddooodddooo ooodddooodddooo',
      'ok, steady 0/3 DRDD, flapping',
      'trouble that comes and goes: it flaps, told once, its recovery held back',
    ],
    [
      'ooodddooodddooodddooo ooodddooodddooodddooo ooodddooodddooodddooo',
      'ok, steady 0/3 DRDD, flapping',
      'and goes on to flap: nothing more is told',
    ],
    [
      'ooodddooodddooofff ooodddooodddooofff ooodddooodddooofff',
      'lost 3/3 DRDDL, flapping',
      'a loss is told although it flaps',
    ],
    [
      'ooodddooodddo*14 ooodddooodddo*14 ooodddooodddo*14',
      'ok, steady 0/3 DRDDR',
      'it settles, and then it has recovered',
    ],
    [
      'ooodddooodddooo-----ooo ooodddooodddooo-----ooo ooodddooodddooo-----ooo',
      'ok, steady 0/3 DRDD, flapping',
      'not seeing is not settling',
    ],
  ])('%s: %s (%s)', (story, expected) => {
    expect(told(story)).toBe(expected);
  });
});

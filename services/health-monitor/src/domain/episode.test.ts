import { advance, announcementId, type Episode, incidentId, noEpisode } from './episode.js';
import type { SiteVerdict } from './judge-site.js';

const at = (second: number): string => new Date(second * 1_000).toISOString();
const verdict = (state: SiteVerdict['state'], troubled: SiteVerdict['troubled'] = {}, steady = false): SiteVerdict => ({
  state,
  reason: '',
  steady,
  checks: {},
  troubled,
  vantagesAgreeing: 0,
  vantagesSeeing: 3,
});
const database = { postgres: 'failed' } as const;
const all = { postgres: 'failed', api: 'failed', worker: 'failed' } as const;
const verdicts: Record<string, SiteVerdict> = {
  ok: verdict('ok', {}, true),
  shaky: verdict('ok'),
  unknown: verdict('unknown'),
  db: verdict('degraded', database),
  slow: verdict('degraded', { postgres: 'degraded' }),
  lost: verdict('lost', all),
};

/** The announcements of a history, each with its id. */
function told(history: string, from: Episode = noEpisode): string[] {
  let episode = from;
  const said: string[] = [];
  for (const [second, name] of history.split(' ').entries()) {
    const step = advance(episode, verdicts[name]!, at(second));
    if (step.announce !== undefined) said.push(announcementId('a', step.episode, step.announce));
    episode = step.episode;
  }
  return said;
}

describe('the episodes of a site', () => {
  it.each([
    ['ok ok ok', []],
    ['unknown unknown', []],
    ['lost', ['SiteLost_a_1']],
    ['lost lost lost', ['SiteLost_a_1']],
    ['db', ['HealthDegraded_a_1_1']],
    ['db db db', ['HealthDegraded_a_1_1']],
    ['db slow', ['HealthDegraded_a_1_1', 'HealthDegraded_a_1_2']],
    ['db slow db', ['HealthDegraded_a_1_1', 'HealthDegraded_a_1_2', 'HealthDegraded_a_1_3']],
    ['db lost', ['HealthDegraded_a_1_1', 'SiteLost_a_1']],
    ['db unknown db', ['HealthDegraded_a_1_1']],
    ['lost unknown lost', ['SiteLost_a_1']],
    ['lost shaky lost', ['SiteLost_a_1']],
    ['db shaky shaky', ['HealthDegraded_a_1_1']],
    ['db ok', ['HealthDegraded_a_1_1', 'HealthRecovered_a_1']],
    ['db ok ok', ['HealthDegraded_a_1_1', 'HealthRecovered_a_1']],
    ['lost ok lost', ['SiteLost_a_1', 'HealthRecovered_a_1', 'SiteLost_a_2']],
    ['lost ok db', ['SiteLost_a_1', 'HealthRecovered_a_1', 'HealthDegraded_a_2_1']],
    ['lost db', ['SiteLost_a_1', 'HealthDegraded_a_1_1']],
    ['lost db lost', ['SiteLost_a_1', 'HealthDegraded_a_1_1', 'HealthDegraded_a_1_2']],
    ['lost db lost lost', ['SiteLost_a_1', 'HealthDegraded_a_1_1', 'HealthDegraded_a_1_2']],
    ['lost db ok', ['SiteLost_a_1', 'HealthDegraded_a_1_1', 'HealthRecovered_a_1']],
    ['lost unknown ok', ['SiteLost_a_1', 'HealthRecovered_a_1']],
  ])('%s: %j', (history, expected) => {
    expect(told(history)).toEqual(expected);
  });

  it('goes on with the number of a state that was stored', () => {
    const stored = { ...noEpisode, number: 41 };

    expect(told('lost ok', stored)).toEqual(['SiteLost_a_42', 'HealthRecovered_a_42']);
  });

  it('remembers when an episode began, and is the same object when nothing changes', () => {
    const { episode } = advance(noEpisode, verdicts['db']!, at(5));
    const lost = advance(episode, verdicts['lost']!, at(9)).episode;

    expect(lost).toMatchObject({ number: 1, open: true, since: at(5), lost: true });
    expect(advance(lost, verdicts['lost']!, at(10)).episode).toBe(lost);
    expect(incidentId('a', lost)).toBe('incident-a-1');
  });
});

describe('a site that flaps', () => {
  const limits = { news: 4, withinMs: 100_000, settleMs: 10_000 };

  /** The announcements of a history, a word a second; `ok*12` is twelve seconds of it. */
  function toldOf(history: string): string[] {
    const said: string[] = [];
    let episode = noEpisode;
    let second = 0;
    for (const part of history.split(' ')) {
      const [name = '', times = '1'] = part.split('*');
      for (let i = 0; i < Number(times); i += 1) {
        const step = advance(episode, verdicts[name]!, at((second += 1)), limits);
        if (step.announce !== undefined) said.push(announcementId('a', step.episode, step.announce));
        episode = step.episode;
      }
    }
    return said;
  }

  const begun = ['HealthDegraded_a_1_1', 'HealthRecovered_a_1', 'HealthDegraded_a_2_1'];
  it.each([
    ['db ok db', begun, 'three are no flapping'],
    ['db ok db ok', [...begun, 'HealthDegraded_a_2_2'], 'the fourth says that it flaps, and not that it recovered'],
    ['db ok db ok db ok db ok', [...begun, 'HealthDegraded_a_2_2'], 'that is told once'],
    ['db ok db ok*9 db', [...begun, 'HealthDegraded_a_2_2'], 'nine quiet seconds are too few'],
    ['db ok db ok*12', [...begun, 'HealthDegraded_a_2_2', 'HealthRecovered_a_2'], 'ten are enough'],
    ['db ok db ok db*12', [...begun, 'HealthDegraded_a_2_2', 'HealthDegraded_a_2_3'], 'it settles on trouble'],
    [
      'db ok db ok db*12 ok',
      [...begun, 'HealthDegraded_a_2_2', 'HealthDegraded_a_2_3', 'HealthRecovered_a_2'],
      'and recovers',
    ],
    [
      'db ok db ok db*12 unknown ok',
      [...begun, 'HealthDegraded_a_2_2', 'HealthDegraded_a_2_3', 'HealthRecovered_a_2'],
      'as ever',
    ],
    ['db ok db ok unknown*12', [...begun, 'HealthDegraded_a_2_2'], 'not seeing is not settling'],
    ['db ok db ok lost', [...begun, 'HealthDegraded_a_2_2', 'SiteLost_a_2'], 'a loss is told at once'],
    ['db ok db ok lost lost', [...begun, 'HealthDegraded_a_2_2', 'SiteLost_a_2'], 'and once'],
    ['db ok db ok lost shaky lost', [...begun, 'HealthDegraded_a_2_2', 'SiteLost_a_2'], 'though it answers in between'],
    [
      'db ok db ok lost ok lost',
      [...begun, 'HealthDegraded_a_2_2', 'SiteLost_a_2', 'SiteLost_a_2_2'],
      'a second loss is another',
    ],
    [
      'db ok db ok lost*12 ok',
      [...begun, 'HealthDegraded_a_2_2', 'SiteLost_a_2', 'HealthRecovered_a_2'],
      'a loss settles too',
    ],
    [
      'db slow db slow',
      ['HealthDegraded_a_1_1', 'HealthDegraded_a_1_2', 'HealthDegraded_a_1_3', 'HealthDegraded_a_1_4'],
      'within one episode',
    ],
    ['db*60 ok*60 db*60 ok', [...begun, 'HealthRecovered_a_2'], 'slow changes are no flapping'],
    [
      'lost ok lost ok lost ok',
      [
        'SiteLost_a_1',
        'HealthRecovered_a_1',
        'SiteLost_a_2',
        'HealthRecovered_a_2',
        'SiteLost_a_3',
        'HealthRecovered_a_3',
      ],
      'losses themselves do not count',
    ],
  ])('%s: %j (%s)', (history, expected) => {
    expect(toldOf(history)).toEqual(expected);
  });
});

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

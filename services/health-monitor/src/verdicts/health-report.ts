import type { Estate } from '@novacron/contracts';
import type { EpisodeBook } from './episode-book.js';
import type { MaintenanceBook } from './maintenance-book.js';
import type { Picture } from './picture.js';
import type { SiteJudge } from './site-judge.js';
import type { VerdictKeeper } from './verdict-keeper.js';

export interface ReportSources {
  readonly estate: Estate;
  readonly vantage: string;
  readonly picture: Picture;
  readonly judge: SiteJudge;
  readonly episodes: EpisodeBook;
  readonly maintenance: MaintenanceBook;
  readonly keeper: VerdictKeeper;
}

/**
 * The last state of everything, as this process hears it: `sites[<site>]` with `state` (`ok`, `degraded`, `lost` or
 * `unknown`), its episode, and `checks[<check>].vantages[<vantage>]` with the last sample and its age; `vantages`; and the
 * announced `maintenance`.
 */
export function healthReport(
  sources: ReportSources,
  only: { readonly site?: string; readonly vantage?: string },
): Record<string, unknown> {
  const { estate, keeper, maintenance } = sources;
  const sites = estate.sites.filter((site) => only.site === undefined || site.name === only.site);
  const vantages = estate.health.vantages
    .map((vantage) => vantage.name)
    .filter((name) => only.vantage === undefined || name === only.vantage);
  return {
    reportedBy: sources.vantage,
    sites: Object.fromEntries(sites.map(({ name }) => [name, siteReport(sources, name, vantages)])),
    vantages: Object.fromEntries(vantages.map((name) => [name, { state: keeper.sightOf(name) }])),
    maintenance: maintenance.active(),
  };
}

function siteReport(sources: ReportSources, site: string, vantages: readonly string[]): Record<string, unknown> {
  const { estate, judge, episodes } = sources;
  const verdict = judge.judge(site);
  const episode = episodes.of(site);
  // Well, but not yet for long enough to end the episode.
  const recovering = verdict.state === 'ok' && episode?.open === true;
  return {
    state: recovering ? 'degraded' : verdict.state,
    reason: recovering ? 'recovering' : verdict.reason,
    vantagesAgreeing: verdict.vantagesAgreeing,
    vantagesSeeing: verdict.vantagesSeeing,
    ...(episode === undefined ? {} : { episode: { number: episode.number, open: episode.open, since: episode.since } }),
    checks: Object.fromEntries(
      estate.health.checks
        .filter((check) => check.site === site)
        .map((check) => [
          check.name,
          {
            state: verdict.checks[check.name]?.state ?? 'unknown',
            kind: check.kind,
            role: check.role,
            suppressed: sources.maintenance.isMuted(site, check.name),
            vantages: Object.fromEntries(vantages.map((name) => [name, lastLook(sources, name, site, check.name)])),
          },
        ]),
    ),
  };
}

function lastLook({ picture }: ReportSources, vantage: string, site: string, check: string): Record<string, unknown> {
  const last = picture.lastOf(vantage, site, check);
  const opinion = picture.voiceOf(vantage, site, check).word;
  if (last === undefined) return { opinion, state: 'unknown', problem: 'never heard' };
  const { state, latencyMs, observedAt, problem } = last.opinion.last;
  return {
    opinion,
    state,
    consecutiveFailures: last.opinion.failures,
    latencyMs,
    observedAt,
    ageMs: Math.round(last.ageMs),
    ...(problem === undefined ? {} : { problem }),
  };
}

import type { Check, Estate } from '@novacron/contracts';
import type { SiteVerdict } from '../domain/judge-site.js';
import type { Vantage } from '../sampling/vantage.js';
import type { EpisodeBook } from './episode-book.js';
import type { MaintenanceBook } from './maintenance-book.js';
import type { Picture } from './picture.js';
import type { SiteJudge } from './site-judge.js';
import type { VerdictKeeper } from './verdict-keeper.js';

export interface ReportSources {
  readonly estate: Estate;
  readonly vantage: string;
  readonly looking: Pick<Vantage, 'pace' | 'checksHere'>;
  readonly picture: Picture;
  readonly judge: SiteJudge;
  readonly episodes: EpisodeBook;
  readonly maintenance: MaintenanceBook;
  readonly keeper: Pick<VerdictKeeper, 'sightOf'>;
}

export interface ReportQuery {
  readonly site?: string;
  readonly vantage?: string;
  readonly check?: string;
}

/** An answer must fit into one message: with more checks than this, those that are well are told in a word. */
const inFullUpTo = 300;
/** And of those that are not well, so many in full. */
const troubledInFull = 200;

/**
 * The last state of everything, as this process hears it: `sites[<site>]` with `state` (`ok`, `degraded`, `lost` or
 * `unknown`), its episode, and `checks[<check>].vantages[<vantage>]` with the last sample and its age; `vantages`; the announced
 * `maintenance`; and how well this process keeps its pace. With very many checks those that are well have a state alone
 * (`condensed`); ask by site and check for the rest.
 */
export function healthReport(sources: ReportSources, only: ReportQuery): Record<string, unknown> {
  const { estate, keeper, maintenance, judge, looking } = sources;
  const sites = estate.sites.map(({ name }) => name).filter((name) => only.site === undefined || name === only.site);
  const vantages = estate.health.vantages
    .map((vantage) => vantage.name)
    .filter((name) => only.vantage === undefined || name === only.vantage);
  const asked = sites.flatMap((site) => judge.checksOf(site)).filter((check) => isAsked(check, only));
  const budget: Budget = { condensed: asked.length > inFullUpTo, full: troubledInFull };
  return {
    reportedBy: sources.vantage,
    sites: Object.fromEntries(sites.map((name) => [name, siteReport(sources, name, vantages, only, budget)])),
    vantages: Object.fromEntries(vantages.map((name) => [name, { state: keeper.sightOf(name) }])),
    maintenance: maintenance.active(),
    pace: { checksHere: looking.checksHere, ...looking.pace.summary() },
    ...(budget.condensed ? { condensed: true, hint: 'ask with {"site":"…","check":"…"} for the rest' } : {}),
  };
}

interface Budget {
  readonly condensed: boolean;
  full: number;
}

function isAsked(check: Check, only: ReportQuery): boolean {
  return only.check === undefined || check.name === only.check;
}

function siteReport(
  sources: ReportSources,
  site: string,
  vantages: readonly string[],
  only: ReportQuery,
  budget: Budget,
): Record<string, unknown> {
  const { judge, episodes } = sources;
  const verdict = judge.judge(site);
  const episode = episodes.of(site);
  // Well, but not yet for long enough to end the episode.
  const recovering = verdict.state === 'ok' && episode?.open === true;
  const checks = judge.checksOf(site).filter((check) => isAsked(check, only));
  return {
    state: recovering ? 'degraded' : verdict.state,
    reason: recovering ? (episode.flapping === undefined ? 'recovering' : 'it flaps, and is held') : verdict.reason,
    vantagesAgreeing: verdict.vantagesAgreeing,
    vantagesSeeing: verdict.vantagesSeeing,
    ...(episode === undefined
      ? {}
      : {
          episode: {
            number: episode.number,
            open: episode.open,
            since: episode.since,
            flapping: episode.flapping !== undefined,
          },
        }),
    checks: Object.fromEntries(
      checks.map((check) => [check.name, checkReport(sources, check, verdict, vantages, budget)]),
    ),
  };
}

function checkReport(
  sources: ReportSources,
  check: Check,
  verdict: SiteVerdict,
  vantages: readonly string[],
  budget: Budget,
): Record<string, unknown> {
  const { name, site, kind, role } = check;
  const { state, reason } = verdict.checks[name] ?? { state: 'unknown' as const, reason: undefined };
  if (budget.condensed && (state === 'ok' || budget.full <= 0)) return { state };
  if (budget.condensed) budget.full -= 1;
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    kind,
    role,
    suppressed: sources.maintenance.isMuted(site, name),
    vantages: Object.fromEntries(vantages.map((vantage) => [vantage, lastLook(sources, vantage, site, name)])),
  };
}

function lastLook({ picture }: ReportSources, vantage: string, site: string, check: string): Record<string, unknown> {
  const last = picture.lastOf(vantage, site, check);
  const opinion = picture.voiceOf(vantage, site, check).word;
  if (last === undefined) return { opinion, state: 'unknown', problem: 'never heard' };
  const { state, latencyMs, observedAt, problem, timings } = last.opinion.last;
  return {
    opinion,
    state,
    consecutiveFailures: last.opinion.failures,
    latencyMs,
    observedAt,
    ageMs: Math.round(last.ageMs),
    ...(timings === undefined ? {} : { timings }),
    ...(problem === undefined ? {} : { problem }),
  };
}

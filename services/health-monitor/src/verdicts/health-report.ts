import type { Check, Estate } from '@novacron/contracts';
import type { SiteVerdict } from '../domain/judge-site.js';
import type { Vantage } from '../sampling/vantage.js';
import type { EpisodeBook } from './episode-book.js';
import type { MaintenanceBook } from './maintenance-book.js';
import type { Picture } from './picture.js';
import type { SiteJudge } from './site-judge.js';
import type { VerdictKeeper } from './verdict-keeper.js';
import { inWords } from './words-of-checks.js';

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
 * The last state of everything, as this process hears it, as JSON: `sites[<site>]` with `state` (`ok`, `degraded`, `lost` or
 * `unknown`), its episode, and `checks[<check>].vantages[<vantage>]` with the last sample and its age; `vantages`; the announced
 * `maintenance`; and how well this process keeps its pace. With very many checks those that are well have a state alone
 * (`condensed`); ask by site and check for the rest. It is a text because most of it is the same from one question to the next, and
 * thousands of checks are not written anew for each.
 */
export function healthReport(sources: ReportSources, only: ReportQuery): string {
  const { estate, keeper, maintenance, judge, looking } = sources;
  const sites = estate.sites.map(({ name }) => name).filter((name) => only.site === undefined || name === only.site);
  const vantages = estate.health.vantages
    .map((vantage) => vantage.name)
    .filter((name) => only.vantage === undefined || name === only.vantage);
  const asked = sites.reduce((sum, site) => sum + checksOf(judge, site, only).length, 0);
  const budget: Budget = { condensed: asked > inFullUpTo, full: troubledInFull };
  const head = {
    reportedBy: sources.vantage,
    vantages: Object.fromEntries(vantages.map((name) => [name, { state: keeper.sightOf(name) }])),
    maintenance: maintenance.active(),
    pace: { checksHere: looking.checksHere, ...looking.pace.summary() },
    ...(budget.condensed ? { condensed: true, hint: 'ask with {"site":"…","check":"…"} for the rest' } : {}),
  };
  const written = sites.map((name) => member(name, siteReport(sources, name, vantages, only, budget)));
  return withMember(head, 'sites', `{${written.join(',')}}`);
}

interface Budget {
  readonly condensed: boolean;
  full: number;
}

function checksOf(judge: SiteJudge, site: string, { check }: ReportQuery): readonly Check[] {
  const checks = judge.checksOf(site);
  return check === undefined ? checks : checks.filter(({ name }) => name === check);
}

function siteReport(
  sources: ReportSources,
  site: string,
  vantages: readonly string[],
  only: ReportQuery,
  budget: Budget,
): string {
  const { judge, episodes } = sources;
  const verdict = judge.judge(site);
  const episode = episodes.of(site);
  // Well, but not yet for long enough to end the episode.
  const recovering = verdict.state === 'ok' && episode?.open === true;
  const head = {
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
  };
  const checks = checksOf(judge, site, only);
  const inFull = (check: Check): string =>
    member(check.name, JSON.stringify(checkReport(sources, check, verdict, vantages)));
  if (!budget.condensed) return withMember(head, 'checks', `{${checks.map(inFull).join(',')}}`);
  const { troubled, others } = inWords(verdict, checks, budget.full);
  budget.full -= troubled.length;
  const written = [...troubled.map(inFull), ...(others === '' ? [] : [others])];
  return withMember(head, 'checks', `{${written.join(',')}}`);
}

function checkReport(
  sources: ReportSources,
  { name, site, kind, role }: Check,
  verdict: SiteVerdict,
  vantages: readonly string[],
): Record<string, unknown> {
  const { state, reason } = verdict.checks[name] ?? { state: 'unknown' as const, reason: undefined };
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

/** A member of a JSON object, of a value that is written already. */
function member(name: string, written: string): string {
  return `${JSON.stringify(name)}:${written}`;
}

/** An object that is not empty, with one more member of a value that is written already. */
function withMember(head: object, name: string, written: string): string {
  return `${JSON.stringify(head).slice(0, -1)},${member(name, written)}}`;
}

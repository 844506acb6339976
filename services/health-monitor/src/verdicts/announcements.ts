import {
  type Check,
  CheckEvidence,
  HealthDegraded,
  HealthRecovered,
  LastWord,
  type Message,
  SiteLost,
  VantageLost,
} from '@novacron/contracts';
import { type Advance, announcementId, type Episode, incidentId } from '../domain/episode.js';
import type { SiteVerdict } from '../domain/judge-site.js';
import { type Sight, sightReasons, type VantageRecord } from '../domain/vantage-sight.js';
import type { Announcement } from './announced-record.js';
import type { Picture } from './picture.js';
import type { SiteJudge } from './site-judge.js';

/** A message must stay below the megabyte that NATS takes; what is in trouble comes first. */
const evidenceLimit = 1_000;

const classes = { HealthDegraded, HealthRecovered, SiteLost, VantageLost } as const;

/** The event that an announcement, as it was stored, stands for. */
export function eventOf(announcement: Announcement): Message {
  return new classes[announcement.type](announcement.data as never);
}

export interface SiteNews {
  readonly site: string;
  readonly before: Episode;
  readonly advance: Advance;
  readonly verdict: SiteVerdict;
  readonly evidence: readonly CheckEvidence[];
  readonly vantages: number;
}

/** What is said when a site's episode advances; undefined when nothing is to be said. */
export function announcementOf(news: SiteNews): Announcement | undefined {
  const { site, before, verdict } = news;
  const { episode, announce } = news.advance;
  if (announce === undefined) return undefined;
  const reason =
    episode.flapping !== undefined && announce === 'HealthDegraded' ? flappingReason(episode, verdict) : verdict.reason;
  const common = { site, episode: episode.number, reason, evidence: news.evidence };
  const of = (data: object): Announcement => ({
    type: announce,
    id: announcementId(site, episode, announce),
    correlationId: incidentId(site, episode),
    data: { ...common, ...data },
  });
  switch (announce) {
    case 'HealthRecovered': {
      const durationMs = Math.max(0, Date.parse(episode.since) - Date.parse(before.since));
      return of({ since: episode.since, durationMs });
    }
    case 'HealthDegraded':
      return of({ since: episode.since, checks: Object.keys(verdict.troubled) });
    case 'SiteLost':
      return of({
        since: episode.since,
        failedChecks: Object.keys(verdict.troubled).filter((check) => verdict.troubled[check] === 'failed'),
        vantagesAgreeing: verdict.vantagesAgreeing,
        vantagesSeeing: verdict.vantagesSeeing,
        confidence: verdict.vantagesAgreeing / news.vantages,
      });
  }
}

function flappingReason({ news = [] }: Episode, { reason }: SiteVerdict): string {
  return `it flaps: ${news.length} changes since ${news[0]}; held until it settles; last: ${reason}`;
}

/** How long ago a vantage was last heard, where it was, and what it said. */
export interface LastSaid {
  readonly agoMs?: number;
  readonly words: readonly LastWord[];
}

export type LastWordsSource = Pick<Picture, 'lastOf'>;

const wordsTold = 20;

/** The newest words of a vantage, of whichever sites. */
export function lastWordsOf(
  picture: LastWordsSource,
  judge: Pick<SiteJudge, 'sites' | 'checksOf'>,
  vantage: string,
): LastWord[] {
  const said = judge.sites.flatMap((site) =>
    judge.checksOf(site).flatMap(({ name }) => {
      const last = picture.lastOf(vantage, site, name);
      return last === undefined ? [] : [{ site, check: name, ageMs: last.ageMs, ...last.opinion.last }];
    }),
  );
  return said
    .toSorted((a, b) => a.ageMs - b.ageMs)
    .slice(0, wordsTold)
    .map(({ site, check, state, observedAt, problem }) =>
      Object.assign(new LastWord(), { site, check, state, observedAt, ...(problem === undefined ? {} : { problem }) }),
    );
}

export function vantageLost(vantage: string, record: VantageRecord, sight: Sight, last: LastSaid): Announcement {
  const id = `VantageLost_${vantage}_${record.number}`;
  const reason = sight === 'blind' ? sightReasons.blind : sightReasons.silent;
  return {
    type: 'VantageLost',
    id,
    correlationId: `incident-vantage-${vantage}-${record.number}`,
    data: {
      vantage,
      since: record.since,
      reason,
      ...(last.agoMs === undefined ? {} : { lastHeardAt: new Date(Date.now() - last.agoMs).toISOString() }),
      lastWords: last.words,
    },
  };
}

/**
 * What every vantage says of every check of a site, those that cannot see included: whoever judges by this evidence must know
 * how many did not speak. A vantage that sees but has not settled yet says `degraded`: neither well nor failed.
 */
export function evidenceOf(
  picture: Picture,
  site: string,
  checks: readonly Check[],
  vantages: readonly string[],
  troubled: Readonly<Record<string, unknown>>,
): CheckEvidence[] {
  const names = checks.map((check) => check.name);
  const ordered = names.toSorted((a, b) => Number(b in troubled) - Number(a in troubled));
  return ordered
    .flatMap((check) => vantages.map((vantage) => evidence(picture, vantage, site, check)))
    .slice(0, evidenceLimit);
}

function evidence(picture: Picture, vantage: string, site: string, check: string): CheckEvidence {
  const { word } = picture.voiceOf(vantage, site, check);
  const last = picture.lastOf(vantage, site, check)?.opinion;
  return Object.assign(new CheckEvidence(), {
    vantage,
    check,
    state: word === 'undecided' ? 'degraded' : word,
    consecutiveFailures: last?.failures ?? 0,
    observedAt: last?.last.observedAt ?? new Date().toISOString(),
    ...(last === undefined ? { problem: 'never heard' } : { latencyMs: last.last.latencyMs }),
    ...(last?.last.problem === undefined ? {} : { problem: last.last.problem }),
    ...(last?.last.timings === undefined ? {} : { timings: last.last.timings }),
  });
}

import type { SiteVerdict } from './judge-site.js';

/**
 * One site's episodes, as they are stored: an episode lasts from the first trouble to the recovery. The number counts for
 * ever, so that restarts, takeovers and changes of the estate neither repeat an announcement nor reuse an id.
 */
export interface Episode {
  /** Of the present episode, or of the last one; 0 before the first. */
  readonly number: number;
  readonly open: boolean;
  /** When the present state began: the episode, or the recovery. RFC 3339, UTC. */
  readonly since: string;
  /** The loss has been announced; it is once in an episode. */
  readonly lost: boolean;
  /** How many times this episode's trouble was announced: part of the ids. */
  readonly announcements: number;
  /** What was announced last, so that only a change is announced again. */
  readonly told: string;
  /** Losses told in this episode, where there was more than one: it can be lost again while it flaps. */
  readonly losses?: number;
  /** When the last news were told, RFC 3339: too many of them are flapping. */
  readonly news?: readonly string[];
  /** Present while the site flaps: its state is held. */
  readonly flapping?: Flapping;
}

export interface Flapping {
  /** What is seen, and since when nothing else was. */
  readonly seen: string;
  readonly since: string;
}

/** So much news within so long is flapping, until nothing changes for `settleMs`. */
export interface FlappingLimits {
  readonly news: number;
  readonly withinMs: number;
  readonly settleMs: number;
}

export const noEpisode: Episode = {
  number: 0,
  open: false,
  since: '1970-01-01T00:00:00.000Z',
  lost: false,
  announcements: 0,
  told: '',
};

export type Announcement = 'HealthDegraded' | 'SiteLost' | 'HealthRecovered';

export interface Advance {
  readonly episode: Episode;
  /** What must be said for the episode to be in its new state; absent when nothing changes. */
  readonly announce?: Announcement;
}

/**
 * The episode after a verdict. What is unknown changes nothing: no news is neither a loss nor a recovery. A site that flaps is
 * said to, once, and then held open until it has settled; a loss is told all the same, since somebody may have to act on it.
 */
export function advance(before: Episode, verdict: SiteVerdict, at: string, limits?: FlappingLimits): Advance {
  if (verdict.state === 'unknown') return { episode: before };
  if (limits !== undefined && before.flapping !== undefined)
    return whileFlapping(before, before.flapping, verdict, at, limits);
  const step = steadily(before, verdict, at);
  if (limits === undefined || step.announce === undefined || step.announce === 'SiteLost') return step;
  const recent = (before.news ?? []).filter((time) => Date.parse(at) - Date.parse(time) < limits.withinMs);
  const news = [...recent, at];
  if (news.length < limits.news) return { ...step, episode: { ...step.episode, news } };
  const open = step.announce === 'HealthRecovered' ? before : step.episode;
  const flapping = { seen: seenIn(verdict), since: at };
  const announcements = before.announcements + 1;
  return { episode: { ...open, news, announcements, told: 'flapping', flapping }, announce: 'HealthDegraded' };
}

function whileFlapping(
  before: Episode,
  { seen, since }: Flapping,
  verdict: SiteVerdict,
  at: string,
  limits: FlappingLimits,
): Advance {
  const now = seenIn(verdict);
  const flapping = now === seen ? { seen, since } : { seen: now, since: at };
  if (verdict.state === 'lost' && !before.lost) {
    const losses = (before.losses ?? 0) + 1;
    return { episode: { ...before, flapping, lost: true, losses }, announce: 'SiteLost' };
  }
  // Well for long enough to have recovered, were it not held: another loss is another.
  const lost = before.lost && !(verdict.state === 'ok' && verdict.steady);
  if (now !== seen || lost !== before.lost) return { episode: { ...before, flapping, lost } };
  if (Date.parse(at) - Date.parse(since) < limits.settleMs) return { episode: before };
  const { flapping: _over, news: _told, ...settled } = before;
  if (verdict.state !== 'ok')
    return verdict.state === 'lost'
      ? { episode: { ...settled, told: lostAsAWhole } }
      : troubles(settled, settled, verdict);
  return verdict.steady ? steadily(settled, verdict, at) : { episode: before };
}

function seenIn(verdict: SiteVerdict): string {
  return verdict.state === 'degraded' ? toldOf(verdict) : verdict.state;
}

function steadily(before: Episode, verdict: SiteVerdict, at: string): Advance {
  switch (verdict.state) {
    case 'unknown':
      return { episode: before };
    case 'ok':
      if (!before.open || !verdict.steady) return { episode: before };
      return { episode: { ...before, open: false, since: at, told: '' }, announce: 'HealthRecovered' };
    case 'lost': {
      const episode = opened(before, at);
      if (!episode.lost) {
        return { episode: { ...episode, lost: true, losses: 1, told: lostAsAWhole }, announce: 'SiteLost' };
      }
      // Lost again after parts of it came back, before it recovered: one loss, with news of what fails.
      return episode.told === lostAsAWhole ? { episode: before } : troubles(episode, before, verdict);
    }
    case 'degraded':
      return troubles(opened(before, at), before, verdict);
  }
}

const lostAsAWhole = 'lost';

function opened(before: Episode, at: string): Episode {
  if (before.open) return before;
  const { number, news } = before;
  const begun = { number: number + 1, open: true, since: at, lost: false, announcements: 0, told: '' };
  return news === undefined ? begun : { ...begun, news };
}

function troubles(episode: Episode, before: Episode, verdict: SiteVerdict): Advance {
  const told = toldOf(verdict);
  if (told === before.told) return { episode: before };
  return { episode: { ...episode, told, announcements: episode.announcements + 1 }, announce: 'HealthDegraded' };
}

function toldOf(verdict: SiteVerdict): string {
  return Object.entries(verdict.troubled)
    .map(([name, state]) => `${name} ${state}`)
    .toSorted()
    .join(', ');
}

/** The same fact has the same id whoever says it: a second publication is recognised by the bus and by every consumer. */
export function announcementId(site: string, episode: Episode, announcement: Announcement): string {
  const base = `${announcement}_${site}_${episode.number}`;
  if (announcement === 'SiteLost' && (episode.losses ?? 1) > 1) return `${base}_${episode.losses}`;
  return announcement === 'HealthDegraded' ? `${base}_${episode.announcements}` : base;
}

/** What everything that follows from an episode is correlated by. */
export function incidentId(site: string, episode: Episode): string {
  return `incident-${site}-${episode.number}`;
}

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

/** The episode after a verdict. What is unknown changes nothing: no news is neither a loss nor a recovery. */
export function advance(before: Episode, verdict: SiteVerdict, at: string): Advance {
  switch (verdict.state) {
    case 'unknown':
      return { episode: before };
    case 'ok':
      if (!before.open || !verdict.steady) return { episode: before };
      return { episode: { ...before, open: false, since: at, told: '' }, announce: 'HealthRecovered' };
    case 'lost': {
      const episode = opened(before, at);
      if (!episode.lost) {
        return { episode: { ...episode, lost: true, told: lostAsAWhole }, announce: 'SiteLost' };
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
  return { number: before.number + 1, open: true, since: at, lost: false, announcements: 0, told: '' };
}

function troubles(episode: Episode, before: Episode, verdict: SiteVerdict): Advance {
  const told = Object.entries(verdict.troubled)
    .map(([name, state]) => `${name} ${state}`)
    .toSorted()
    .join(', ');
  if (told === before.told) return { episode: before };
  return { episode: { ...episode, told, announcements: episode.announcements + 1 }, announce: 'HealthDegraded' };
}

/** The same fact has the same id whoever says it: a second publication is recognised by the bus and by every consumer. */
export function announcementId(site: string, episode: Episode, announcement: Announcement): string {
  const base = `${announcement}_${site}_${episode.number}`;
  return announcement === 'HealthDegraded' ? `${base}_${episode.announcements}` : base;
}

/** What everything that follows from an episode is correlated by. */
export function incidentId(site: string, episode: Episode): string {
  return `incident-${site}-${episode.number}`;
}

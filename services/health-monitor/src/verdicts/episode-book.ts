import type { Episode } from '../domain/episode.js';

const prefix = 'episode.';

/** The sites' episodes as the bucket last said them, for those who only show them. */
export class EpisodeBook {
  private readonly episodes = new Map<string, Episode>();

  onChange(key: string, value: unknown): void {
    if (!key.startsWith(prefix)) return;
    const site = key.slice(prefix.length);
    const episode = (value as { readonly state?: Episode } | undefined)?.state;
    if (episode === undefined) this.episodes.delete(site);
    else this.episodes.set(site, episode);
  }

  of(site: string): Episode | undefined {
    return this.episodes.get(site);
  }
}

import type { Site } from '../site/site-file.js';
import type { Generation } from './generation.js';

/** The whole page at one moment, on its way out. */
export interface Release {
  readonly generation: Generation;
  readonly generatedAt: string;
  readonly site: Site;
}

export type PlaceOutcome =
  | { readonly kind: 'published'; readonly files: number }
  /** The place has a newer page, which was left alone. */
  | { readonly kind: 'overtaken'; readonly by: Generation };

/**
 * Where the page is published. A reader of a file sees the old one or the new one, whole; an older release never takes the place of
 * a newer one, whoever brings it. Doing it again is harmless. Rejects with a DrError when it could not be done.
 */
export interface Place {
  readonly name: string;
  publish(release: Release, signal: AbortSignal): Promise<PlaceOutcome>;
  close(): void;
}

/** Where a place keeps what it was given last. */
export const manifestPath = 'generation.json';

/** First pages last: what they link to is there before them. */
export function publishingOrder(paths: Iterable<string>): readonly string[] {
  const rank = (path: string): number => (path.endsWith('index.html') ? 1 : 0);
  return [...paths].toSorted((a, b) => rank(a) - rank(b));
}

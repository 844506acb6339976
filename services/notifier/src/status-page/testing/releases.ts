import { generationText } from '../publishing/generation.js';
import type { Release } from '../publishing/place.js';
import { type Site, siteFile } from '../site/site-file.js';

/** A release of a few files: every page says which release it is of, but for one file that never changes. */
export function release(term: number, number: number, generatedAt = '2026-03-15T10:00:00.000Z'): Release {
  const text = generationText({ term, number });
  const files = ['index.html', 'history.html', 'incidents/a.html'].map((path) => siteFile(path, `${path} ${text}`));
  const site: Site = new Map([...files, siteFile('pictures/same.png', 'the same')].map((file) => [file.path, file]));
  return { generation: { term, number }, generatedAt, site };
}

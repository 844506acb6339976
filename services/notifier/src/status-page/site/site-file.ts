import { hash } from 'node:crypto';

/** One file of the published page. */
export interface SiteFile {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  /** SHA-256 of the body, hex: what has the same is not written again. */
  readonly hash: string;
}

/** All files by path. */
export type Site = ReadonlyMap<string, SiteFile>;

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  rss: 'application/rss+xml; charset=utf-8',
  atom: 'application/atom+xml; charset=utf-8',
  ics: 'text/calendar; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  png: 'image/png',
};

export function siteFile(path: string, body: string | Buffer): SiteFile {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const type = types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return { path, type, body: bytes, hash: hash('sha256', bytes, 'hex') };
}

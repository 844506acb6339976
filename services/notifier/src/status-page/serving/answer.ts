import { gzipSync } from 'node:zlib';
import type { Site, SiteFile } from '../site/site-file.js';
import { cacheControl } from './cache-control.js';

export interface PageRequest {
  readonly method: string;
  /** With or without a query, which says nothing here. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const always = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };
/** Data, feeds and pictures are for other pages too. */
const open = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };
const smallestPacked = 1_000;
const packed = new WeakMap<SiteFile, Buffer>();

/**
 * What the published page answers to a request: by its own files alone, and every other path is not found. `policy` is the content
 * security policy in the header of its pages.
 */
export function answerFrom(site: Site, request: PageRequest, policy: string): PageAnswer {
  const { method } = request;
  if (method === 'OPTIONS') return preflight;
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, headers: { ...always, Allow: 'GET, HEAD, OPTIONS' } };
  const file = site.get(pathOf(request.url)) ?? site.get(`${pathOf(request.url)}/index.html`);
  if (file !== undefined) return found(file, request, policy);
  const missing = site.get('404.html');
  const { status, headers, body } = missing === undefined ? empty : found(missing, request, policy);
  return {
    status: status === 304 ? 304 : 404,
    headers: { ...headers, 'Cache-Control': 'no-store' },
    ...(body === undefined ? {} : { body }),
  };
}

const empty: PageAnswer = { status: 404, headers: always };

const preflight: PageAnswer = {
  status: 204,
  headers: {
    ...always,
    ...open,
    'Access-Control-Allow-Methods': 'GET, HEAD',
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Max-Age': '86400',
  },
};

function pathOf(url: string): string {
  const path = url.split(/[?#]/u, 1)[0]?.replace(/^\/+/u, '') ?? '';
  let name = path;
  try {
    name = decodeURIComponent(path);
  } catch {
    // What is not encoded as it should be is no file of ours.
  }
  return name === '' || name.endsWith('/') ? `${name}index.html` : name;
}

function found(file: SiteFile, request: PageRequest, policy: string): PageAnswer {
  const tag = `W/"${file.hash.slice(0, 32)}"`;
  const isPage = file.type.startsWith('text/html');
  const headers: Record<string, string> = {
    ...always,
    ...(isPage ? { 'Content-Security-Policy': policy } : open),
    'Content-Type': file.type,
    'Cache-Control': cacheControl,
    ETag: tag,
    Vary: 'Accept-Encoding',
  };
  if (matches(String(request.headers['if-none-match'] ?? ''), tag)) return { status: 304, headers };
  const body = encoded(file, String(request.headers['accept-encoding'] ?? ''), headers);
  headers['Content-Length'] = String(body.length);
  return request.method === 'HEAD' ? { status: 200, headers } : { status: 200, headers, body };
}

function matches(given: string, tag: string): boolean {
  return (
    given === '*' || (given !== '' && given.split(',').some((one) => one.trim().replace(/^(?!W\/)/u, 'W/') === tag))
  );
}

function encoded(file: SiteFile, accepted: string, headers: Record<string, string>): Buffer {
  if (
    file.body.length < smallestPacked ||
    file.type === 'image/png' ||
    !/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/u.test(accepted)
  )
    return file.body;
  const body = packed.get(file) ?? gzipSync(file.body);
  packed.set(file, body);
  headers['Content-Encoding'] = 'gzip';
  return body;
}

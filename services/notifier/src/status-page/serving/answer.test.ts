import { gunzipSync } from 'node:zlib';
import { headerPolicy } from '../pages/security.js';
import { siteFile } from '../site/site-file.js';
import { answerFrom, type PageAnswer } from './answer.js';

const page = siteFile('index.html', `<p>${'long '.repeat(400)}</p>`);
const site = new Map(
  [page, siteFile('api/v2/status.json', '{}'), siteFile('de/index.html', 'de'), siteFile('404.html', 'none')].map(
    (file) => [file.path, file],
  ),
);

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): PageAnswer {
  return answerFrom(site, { method, url, headers }, headerPolicy(undefined));
}

describe('what the page answers', () => {
  it.each([
    ['/', 200, 'text/html; charset=utf-8'],
    ['/?x=1', 200, 'text/html; charset=utf-8'],
    ['/de/', 200, 'text/html; charset=utf-8'],
    ['/de', 200, 'text/html; charset=utf-8'],
    ['/api/v2/status.json', 200, 'application/json; charset=utf-8'],
    ['/../../etc/passwd', 404, 'text/html; charset=utf-8'],
    ['/%2e%2e/%00', 404, 'text/html; charset=utf-8'],
    ['/%', 404, 'text/html; charset=utf-8'],
    ['/__proto__', 404, 'text/html; charset=utf-8'],
  ])('%s: %d', (url, status, type) => {
    const answer = ask(url);
    expect([answer.status, answer.headers['Content-Type']]).toEqual([status, type]);
  });

  it('knows what the reader has', () => {
    const tag = ask('/').headers['ETag'] ?? '';
    expect(ask('/', { 'if-none-match': tag })).toMatchObject({ status: 304 });
    expect(ask('/', { 'if-none-match': `"other", ${tag.slice(2)}` }).status).toBe(304);
    expect(ask('/', { 'if-none-match': '"other"' }).status).toBe(200);
  });

  it('packs what is long for those who can unpack it', () => {
    const answer = ask('/', { 'accept-encoding': 'br, gzip' });
    expect(answer.headers['Content-Encoding']).toBe('gzip');
    expect(gunzipSync(answer.body ?? '')).toEqual(page.body);
    for (const refused of ['gzip;q=0', 'br', '']) {
      expect(ask('/', { 'accept-encoding': refused }).headers['Content-Encoding']).toBeUndefined();
    }
  });

  it('lets any page read the data, and no page frame the page', () => {
    expect(ask('/api/v2/status.json').headers['Access-Control-Allow-Origin']).toBe('*');
    expect(ask('/').headers['Access-Control-Allow-Origin']).toBeUndefined();
    expect(ask('/').headers['Content-Security-Policy']).toContain("frame-ancestors 'none'");
    expect(ask('/', {}, 'OPTIONS').status).toBe(204);
    expect(ask('/', {}, 'POST')).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD, OPTIONS' } });
    expect(ask('/', {}, 'HEAD').body).toBeUndefined();
  });
});

import { loadLanguages } from '../languages/load-languages.js';
import type { Language } from '../languages/language.js';
import { hostileText, sampleStatus, yearOfHistory } from '../testing/sample-status.js';
import { SiteBuilder } from './build-site.js';
import type { Site } from './site-file.js';

let languages: readonly Language[];

beforeAll(async () => {
  languages = await loadLanguages(['en', 'de'], undefined);
});

const build = (name: string): Site => new SiteBuilder(languages).build(sampleStatus[name] ?? sampleStatus['calm']!);
const text = (site: Site, path: string): string => site.get(path)?.body.toString() ?? '';
const withoutScripts = (page: string): string => page.replaceAll(/<script>[\s\S]*?<\/script>/gu, '');

describe('the status page', () => {
  it.each([
    ['calm', 'All services are working'],
    ['elsewhere', 'All services are working, from our standby location'],
    ['outage', 'All services are down'],
    ['partial-outage', 'Payments is down; Scheduling is partly down'],
    ['degraded', 'Some services are slow or partly failing'],
    ['maintenance', 'Planned maintenance is under way'],
    ['unknown', 'We cannot confirm the state of our services at the moment'],
    ['unknown-some', 'No problems are known, but 1 of 5 services is not confirmed'],
  ])('%s: %s', (name, sentence) => {
    const page = withoutScripts(text(build(name), 'index.html'));
    expect(page).toContain(`<h1 id="overall">${sentence}</h1>`);
    for (const words of [
      'As of <time datetime="2026-03-15T10:22:00.000Z">',
      'next update by <time datetime="2026-03-15T10:23:00.000Z">',
    ])
      expect(page).toContain(words);
  });

  it('says what was told, newest first, and what was promised, without scripts', () => {
    const page = withoutScripts(text(build('elsewhere'), 'index.html'));
    const places = [
      'Next update by',
      'Update 1: service restored',
      'We are moving the service',
      'Our teams are working on it.',
    ].map((words) => page.indexOf(words));
    expect(places).toEqual([...places].toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it('is small, also with a year of a hundred components, and asks for nothing else', () => {
    const year = new SiteBuilder(languages).build(yearOfHistory(1_000, 100));
    for (const site of [build('elsewhere'), year]) {
      const page = text(site, 'index.html');
      expect(Buffer.byteLength(page)).toBeLessThan(30_000);
      expect(page).not.toMatch(/<(?:img|iframe|object|embed|video|audio|link rel="stylesheet"|script src)/u);
    }
    expect([...year.keys()].filter((path) => path.startsWith('incidents/'))).toHaveLength(1_000);
  });

  it('links only to what is there', () => {
    for (const name of ['calm', 'outage']) {
      const site = build(name);
      for (const [path, file] of site) {
        if (!path.endsWith('.html') || path === '404.html') continue;
        for (const [, link = ''] of file.body.toString().matchAll(/ href="(?<link>[^"#:]+)(?:#[^"]*)?"/gu)) {
          const target = new URL(link, `http://x/${path}`).pathname.slice(1);
          expect([path, link, site.has(target)]).toEqual([path, link, true]);
        }
      }
    }
  });

  it('takes no text from outside for markup', () => {
    for (const [path, file] of build('hostile')) {
      if (/\.(?:html|svg|rss|atom)$/u.test(path)) expect(file.body.toString()).not.toMatch(/<script>alert|<img/u);
    }
    expect(text(build('hostile'), 'index.html')).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    const summary = JSON.parse(text(build('hostile'), 'api/v2/summary.json')) as { incidents: { name: string }[] };
    expect(summary.incidents[0]?.name).toBe(hostileText);
  });

  it('makes again only what can have changed', () => {
    const builder = new SiteBuilder(languages);
    const facts = yearOfHistory(200, 20);
    const [before, after] = [
      builder.build(facts),
      builder.build({ ...facts, generatedAt: '2026-03-15T10:23:00.000Z' }),
    ];
    const kept = [...after].filter(([path, file]) => before.get(path) === file);
    expect(kept.length).toBeGreaterThan(390);
    expect(before.get('index.html')?.hash).not.toBe(after.get('index.html')?.hash);
  });

  it('speaks the language of its folder', () => {
    const site = build('calm');
    expect(text(site, 'de/index.html')).toContain('<html lang="de" dir="ltr">');
    expect(text(site, 'de/index.html')).toContain('Alle Dienste funktionieren');
    expect(text(site, 'index.html')).toContain('<a href="de/index.html" lang="de" hreflang="de">Deutsch</a>');
  });
});

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import type { StatusFacts } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { loadLanguages } from '../languages/load-languages.js';
import { SiteBuilder } from '../site/build-site.js';
import type { Site } from '../site/site-file.js';
import { chromiumPath, servePages, startBrowser, type TestBrowser, type TestPages } from '../testing/browser.js';
import { sampleNow, sampleStatus } from '../testing/sample-status.js';

const inChromium = chromiumPath === undefined ? describe.skip : describe;
const phone = { width: 320, height: 640 };
const desktop = { width: 1280, height: 900 };

let languages: readonly Language[];
let browser: TestBrowser;
let pages: TestPages;
let axe: string;
let context: BrowserContext | undefined;

const facts = (name: string): StatusFacts => {
  const found = sampleStatus[name];
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found;
};
const build = (given: StatusFacts): Site => new SiteBuilder(languages).build(given);

async function open(path: string, options: Parameters<TestBrowser['context']>[0] = {}): Promise<Page> {
  context = await browser.context({ viewport: desktop, timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  if (options.javaScriptEnabled !== false) await page.clock.install({ time: new Date(sampleNow) });
  pages.asked.length = 0;
  await page.goto(pages.url + path);
  return page;
}

async function violations(page: Page): Promise<readonly string[]> {
  // Past the page's own policy, as the checker is no part of the page.
  await page.evaluate(axe);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}

inChromium('in Chromium, the status page', () => {
  beforeAll(async () => {
    languages = await loadLanguages(['en', 'de'], undefined);
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    browser = await startBrowser();
    pages = await servePages(build(facts('calm')));
  }, 120_000);

  afterAll(async () => {
    await pages?.close();
    await browser?.close();
  });

  afterEach(async () => {
    await context?.close();
    context = undefined;
  });

  const states = Object.keys(sampleStatus);
  it.each(states.flatMap((state) => (['light', 'dark'] as const).map((scheme) => [state, scheme] as const)))(
    '%s, %s: no barrier is found, nothing is wider than a small phone, and nothing else is asked for',
    async (state, colorScheme) => {
      pages.site = build(facts(state));
      const page = await open('/', { viewport: phone, colorScheme, reducedMotion: 'reduce' });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
      expect(pages.asked).toEqual(['/']);
    },
    120_000,
  );

  it.each([
    '/uptime.html',
    '/history.html',
    '/history/2026-03.html',
    '/incidents/SiteLost_primary_1.html',
    '/subscribe.html',
    '/none',
    '/de/',
  ])(
    '%s: no barrier is found',
    async (path) => {
      pages.site = build(facts('outage'));
      const page = await open(path, { viewport: phone });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    },
    120_000,
  );

  it('says all of it without scripts', async () => {
    pages.site = build(facts('outage'));
    const page = await open('/', { javaScriptEnabled: false });
    const text = await page.locator('body').innerText();
    for (const words of [
      'All services are down',
      'Our teams are working on it.',
      'Next update by 10:40',
      'As of 15 Mar 2026, 10:22',
      'Payments',
      '99.99% uptime',
    ])
      expect(text).toContain(words);
    expect(await page.locator('#stale').isVisible()).toBe(false);
    expect(pages.asked).toEqual(['/']);
  });

  it("adds the reader's own time beside UTC", async () => {
    pages.site = build(facts('outage'));
    const page = await open('/');
    expect(await page.locator('.next').innerText()).toBe('Next update by 10:40\u00A0UTC (11:40 your time)');
  });

  it('says that it is old once it is, and takes a newer page without a reload', async () => {
    const now = facts('calm');
    pages.site = build(now);
    const page = await open('/');
    await page.evaluate(() => Object.assign(globalThis, { same: true }));
    expect(await page.locator('#stale').isVisible()).toBe(false);

    // Nobody renews it.
    await page.clock.fastForward(6 * 60_000);
    await page.locator('#stale').waitFor({ state: 'visible' });

    pages.site = build({ ...facts('outage'), generatedAt: '2026-03-15T10:29:00.000Z' });
    await page.clock.runFor(61_000);
    await page.locator('h1', { hasText: 'All services are down' }).waitFor();
    expect(await page.locator('#live').innerText()).toBe('Status changed: All services are down');
    expect(await page.evaluate(() => Reflect.get(globalThis, 'same'))).toBe(true);
    expect(await page.title()).toContain('All services are down');
  });

  it('can be used with the keyboard alone', async () => {
    pages.site = build(facts('outage'));
    const page = await open('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    const seen: unknown[] = [];
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      seen.push(await page.evaluate("document.activeElement.getAttribute('href')"));
    }
    for (const link of ['uptime.html', 'history.html', 'history.rss', 'subscribe.html']) expect(seen).toContain(link);
  });

  it('runs nothing that came from outside, and reports no breach of its own policy', async () => {
    pages.site = build(facts('hostile'));
    const breaches: string[] = [];
    context = await browser.context({ viewport: desktop });
    const page = await context.newPage();
    page.on('console', (message) => breaches.push(message.text()));
    page.on('dialog', (dialog) => breaches.push(dialog.message()));
    page.on('pageerror', (error) => breaches.push(String(error)));
    for (const path of ['/', '/uptime.html', '/incidents/SiteLost_primary_1.html', '/history/2026-03.html'])
      await page.goto(pages.url + path);
    expect(breaches).toEqual([]);
  });

  it('prints without what paper cannot do', async () => {
    pages.site = build(facts('outage'));
    const page = await open('/');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#subscribe').isVisible()).toBe(false);
    expect(await page.locator('h1').isVisible()).toBe(true);
  });
});

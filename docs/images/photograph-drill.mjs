/**
 * Photographs the status page at each turn of a drill into docs/images/status-page-*.png. Needs Chromium. Run beside it:
 *
 *     npm run drill & node docs/images/photograph-drill.mjs
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const root = join(import.meta.dirname, '../..');
const lab = join(root, process.env.DR_LAB_DIR ?? '.lab', 'lab.json');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
const context = await browser.newContext({ viewport: { width: 760, height: 620 }, timezoneId: 'UTC', locale: 'en-GB' });
const page = await context.newPage();

/** What the page says, in one word: a photograph is made of each once. */
async function turn() {
  const { statusPage } = JSON.parse(await readFile(lab, 'utf8'));
  await page.goto(statusPage.url, { timeout: 2_000 });
  const state = await page.locator('.overall').getAttribute('class', { timeout: 1_000 });
  const incident = page.locator('article.incident:not(.planned)');
  const open = (await incident.count()) === 0 ? '' : await incident.first().getAttribute('class');
  const status = /investigating|identified|monitoring/u.exec(open ?? '')?.[0];
  const over = (await page.locator('#past ~ .card').count()) > 0;
  return [state?.replace('overall ', ''), status ?? (over ? 'resolved' : 'calm')].join('-');
}

const seen = new Set();
const deadline = Date.now() + 5 * 60_000;
while (Date.now() < deadline && !seen.has('operational-resolved')) {
  const name = await turn().catch(() => undefined);
  if (name !== undefined && !seen.has(name)) {
    seen.add(name);
    await page.screenshot({ path: join(root, 'docs/images', `status-page-${name}.png`) });
    console.log(`status-page-${name}.png`);
  }
  await sleep(250);
}
await browser.close();

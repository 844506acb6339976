/**
 * Runs a drill and photographs the status page at the end of each of its phases into docs/images/drill/; in the last one at its
 * beginning, as the lab ends with it. Needs Chromium, and a machine with nothing else to do.
 *
 *     npm run setup && node docs/images/photograph-drill.mjs
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const root = join(import.meta.dirname, '../..');
const lab = join(root, process.env.DR_LAB_DIR ?? '.lab', 'lab.json');
const folder = join(root, 'docs/images/drill');
const settleMs = 300;
const lastPhase = '12';
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});

async function photograph(name) {
  // A context of its own has nothing in its cache.
  const context = await browser.newContext({
    viewport: { width: 760, height: 620 },
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  try {
    // A change is published within a moment.
    await sleep(settleMs);
    const { statusPage } = JSON.parse(await readFile(lab, 'utf8'));
    await page.goto(statusPage.url, { timeout: 3_000 });
    const sentence = await page.locator('h1').innerText({ timeout: 1_000 });
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`      ${name}.png: ${sentence.replaceAll('\n', ' ')}`);
  } catch (error) {
    console.log(`      ${name}: no photograph, ${String(error).split('\n')[0]}`);
  } finally {
    await context.close();
  }
}

const drill = spawn('npm', ['run', '-s', 'drill'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise((resolve) => {
  drill.once('exit', resolve);
});
const photographs = [];
for await (const line of createInterface({ input: drill.stdout })) {
  console.log(line);
  const [, phase = '', state] = /^\[\s*(\d+)\/\d+\] (ok|failed|.*…$)/u.exec(line) ?? [];
  const name = `phase-${phase.padStart(2, '0')}`;
  if (state !== undefined && (phase === lastPhase ? state !== 'ok' : state === 'ok'))
    photographs.push(photograph(name));
}
await Promise.all(photographs);
await browser.close();
process.exitCode = await ended;

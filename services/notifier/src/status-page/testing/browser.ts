import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { headerPolicy } from '../pages/security.js';
import { answerFrom } from '../serving/answer.js';
import type { Site } from '../site/site-file.js';

/** Where the machine has Chromium; undefined where it has none, and what needs it is skipped by name. */
export const chromiumPath: string | undefined = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin']
  .map((folder) => join(folder, 'chromium'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export interface TestBrowser {
  context(options?: BrowserContextOptions): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** A browser with a folder of its own, which is gone with it. */
export async function startBrowser(): Promise<TestBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'dr-browser-'));
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: flags,
    // What it keeps beside its profile goes there, too.
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
    timeout: 60_000,
  });
  return {
    context: (options = {}) => browser.newContext(options),
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export interface TestPages {
  readonly url: string;
  /** What is served from now on. */
  site: Site;
  /** Every path that was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Serves a site as the notifier does. */
export async function servePages(site: Site): Promise<TestPages> {
  const server = createServer((request, response) => {
    pages.asked.push(request.url ?? '');
    const answer = answerFrom(
      pages.site,
      { method: request.method ?? '', url: request.url ?? '', headers: request.headers },
      headerPolicy(undefined),
    );
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pages: TestPages = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    site,
    asked: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return pages;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLanguages } from '../languages/load-languages.js';
import { FolderPlace } from '../publishing/folder-place.js';
import { SiteBuilder } from '../site/build-site.js';
import { sampleNow, sampleStatus } from '../testing/sample-status.js';
import { PublishedFolder } from './published-folder.js';

const signal = AbortSignal.timeout(60_000);
const nowMs = Date.parse(sampleNow);
let root: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dr-published-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

async function publish(folder: string, state: string, term: number): Promise<void> {
  const facts = sampleStatus[state];
  if (facts === undefined) throw new Error(`no sample ${state}`);
  const site = new SiteBuilder(await loadLanguages(['en', 'de'], undefined)).build(facts);
  const release = { generation: { term, number: 1 }, generatedAt: facts.generatedAt, site };
  await new FolderPlace(folder, join(root, folder)).publish(release, signal);
}

const first = async (published: PublishedFolder, atMs: number): Promise<string> =>
  (await published.site(atMs)).get('index.html')?.body.toString() ?? '';

describe('the page that was published last', () => {
  it('is read from its folder, the newest of several, and again once there is a newer one', async () => {
    const published = new PublishedFolder([join(root, 'a'), join(root, 'b')]);
    expect((await published.site(nowMs - 60_000)).size).toBe(0);
    await publish('a', 'calm', 1);
    await publish('b', 'outage', 2);
    expect(await first(published, nowMs)).toContain('All services are down');
    await publish('a', 'elsewhere', 3);
    expect(await first(published, nowMs + 500)).toContain('All services are down');
    expect(await first(published, nowMs + 2_000)).not.toContain('All services are down');
  });

  it('says that it is old, also to those without scripts, once it is', async () => {
    await publish('a', 'calm', 1);
    const published = new PublishedFolder([join(root, 'a')]);
    expect(await first(published, nowMs + 60_000)).toMatch(/id="stale" role="alert" hidden/u);
    expect(await first(published, nowMs + 6 * 60_000)).toMatch(/id="stale" role="alert"\s*>/u);
    expect((await published.site(nowMs + 7 * 60_000)).get('de/index.html')?.body.toString()).toMatch(
      /id="stale" role="alert"\s*>/u,
    );
  });

  it('is not one of which a file was damaged: what was served before goes on', async () => {
    await publish('a', 'calm', 1);
    const published = new PublishedFolder([join(root, 'a')]);
    await published.site(nowMs);
    await publish('a', 'outage', 2);
    await writeFile(join(root, 'a', await readlink(join(root, 'a', 'current')), 'index.html'), 'half a pa');
    expect(await first(published, nowMs + 2_000)).toContain('All services are working');
    expect([...published.problems.values()]).toEqual([expect.stringMatching(/index\.html is not what was published/u)]);
  });
});

describe('npm run status-page', () => {
  const main = join(import.meta.dirname, '../../../dist/status-page/serving/main.js');
  const run = (...args: string[]): ChildProcess => {
    child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    return child;
  };
  const firstLine = async (stream: NodeJS.ReadableStream | null): Promise<string> =>
    String(((await once(stream as NodeJS.ReadableStream, 'data')) as [Buffer])[0]);

  it('serves a folder with nothing else there', async () => {
    await publish('a', 'outage', 1);
    const url = /http:\S+/u.exec(await firstLine(run('--folder', join(root, 'a'), '--port', '0').stdout))?.[0] ?? '';
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, "frame-ancestors 'none'"]);
    expect(await page.text()).toContain('All services are down');
    expect((await fetch(`${url}nothing`)).status).toBe(404);
    const summary = (await (await fetch(`${url}api/v2/summary.json`)).json()) as { status: { indicator: string } };
    expect(summary.status.indicator).toBe('critical');
  });

  it('has nothing to serve yet, says so, and serves it once it is there', async () => {
    const process = run('--folder', join(root, 'a'), '--port', '0');
    const [problem, ready] = await Promise.all([firstLine(process.stderr), firstLine(process.stdout)]);
    expect(problem).toContain('has no published page; looking again');
    const url = /http:\S+/u.exec(ready)?.[0] ?? '';
    expect((await fetch(url)).status).toBe(503);
  });

  it.each([
    [[], 'no folder is named'],
    [['--folder', 'x', '--port', '99999'], '--port 99999 is no port number'],
    [['--fodler', 'x'], "Unknown option '--fodler'"],
  ])('%j: %s', async (args, problem) => {
    const process = run(...args);
    const [text, code] = await Promise.all([firstLine(process.stderr), once(process, 'exit')]);
    expect(text).toContain(problem);
    expect(text).toContain('usage: npm run status-page');
    expect(code[0]).toBe(78);
  });
});

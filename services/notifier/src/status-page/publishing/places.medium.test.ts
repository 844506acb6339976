import { createServer, type Server } from 'node:http';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { isSigned } from '../../channels/webhook/signature.js';
import { release } from '../testing/releases.js';
import { FolderPlace } from './folder-place.js';
import { compareGenerations, generationText, parseGeneration } from './generation.js';
import type { Place, PlaceOutcome, Release } from './place.js';
import { PlaceWorker } from './place-worker.js';
import { WebhookPlace } from './webhook-place.js';

const signal = AbortSignal.timeout(120_000);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dr-places-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const shown = async (path: string): Promise<string> => readFile(join(folder, 'current', path), 'utf8');

describe('a folder', () => {
  it('changes as a whole, and keeps what did not change', async () => {
    const place = new FolderPlace('folder', folder);
    expect(await place.publish(release(1, 1), signal)).toEqual({ kind: 'published', files: 4 });
    expect(await place.publish(release(1, 2), signal)).toEqual({ kind: 'published', files: 3 });
    expect(await shown('index.html')).toBe('index.html 1.2');
    expect(await shown('pictures/same.png')).toBe('the same');
  });

  it('takes nothing older, whatever the clocks say', async () => {
    const place = new FolderPlace('folder', folder);
    await place.publish(release(2, 5, '2026-03-15T10:00:00.000Z'), signal);
    expect(await place.publish(release(1, 900, '2031-01-01T00:00:00.000Z'), signal)).toEqual({
      kind: 'overtaken',
      by: { term: 2, number: 5 },
    });
    await place.publish(release(3, 1, '1999-01-01T00:00:00.000Z'), signal);
    expect(await shown('index.html')).toBe('index.html 3.1');
  });

  it('never goes back, and is never half of one and half of another, while two publishers write to it', async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const reader = (async () => {
      while (!stop.signal.aborted) {
        // What is open stays whole: all of it is read from the release that `current` meant first.
        const manifest = await shown('generation.json').catch(() => '');
        if (manifest === '') continue;
        const { generation } = JSON.parse(manifest) as { generation: string };
        const release = join(folder, 'releases', generation);
        const index = await readFile(join(release, 'index.html'), 'utf8').catch(() => undefined);
        if (index !== undefined) expect([index, generation]).toEqual([`index.html ${generation}`, generation]);
        seen.push(generation);
      }
    })();
    const publishers = [1, 2].map(async (term) => {
      const place = new FolderPlace('folder', folder);
      for (let number = 1; number <= 25; number += 1) await place.publish(release(term, number), signal);
    });
    await Promise.all(publishers);
    stop.abort();
    await reader;
    expect(await shown('index.html')).toBe('index.html 2.25');
    const order = seen.map((text) => parseGeneration(text));
    for (const [index, generation] of order.entries()) {
      const before = order[index - 1];
      if (generation !== undefined && before !== undefined)
        expect(compareGenerations(generation, before)).toBeGreaterThanOrEqual(0);
    }
  });

  it('goes on from what a publisher left that was killed in the middle', async () => {
    const place = new FolderPlace('folder', folder);
    await place.publish(release(1, 1), signal);
    await mkdir(join(folder, 'releases', '.1.2-99-x', 'incidents'), { recursive: true });
    await writeFile(join(folder, 'releases', '.lock'), '');
    await mkdir(join(folder, 'releases', '1.2'), { recursive: true });
    expect(await place.publish(release(1, 2), signal)).toMatchObject({ kind: 'published' });
    expect(await shown('incidents/a.html')).toBe('incidents/a.html 1.2');
    expect(await readdir(join(folder, 'releases'))).not.toContain('.lock');
  });

  it('keeps a few releases only', async () => {
    const place = new FolderPlace('folder', folder);
    for (let number = 1; number <= 8; number += 1) await place.publish(release(1, number), signal);
    expect((await readdir(join(folder, 'releases'))).toSorted()).toEqual(['1.6', '1.7', '1.8']);
  });

  it('says that it cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const place = new FolderPlace('folder', join(folder, 'file'));
    await expect(place.publish(release(1, 1), signal)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

/** A place that does as the test says. */
function placeOf(name: string, publish: (release: Release) => Promise<PlaceOutcome>): Place {
  return { name, publish, close: () => {} };
}

function workerFor(place: Place): PlaceWorker {
  return new PlaceWorker({ place, logger: silentLogger, nowMs: Date.now, timeoutMs: 300, retryMs: 10 });
}

describe('places beside each other', () => {
  it('do not wait for one that hangs, and one that comes back gets the newest', async () => {
    let up = false;
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const broken = workerFor(
      placeOf('broken', async () => (up ? { kind: 'published', files: 1 } : Promise.reject(full))),
    );
    const hanging = workerFor(placeOf('hanging', () => new Promise(() => {})));
    const well = workerFor(new FolderPlace('well', folder));
    const workers = [broken, hanging, well];
    for (const number of [1, 2, 3]) for (const worker of workers) worker.offer(release(1, number));
    await eventually(() => well.report.generation === '1.3' || undefined);
    await eventually(() => (broken.report.failures > 2 && hanging.report.failures > 0) || undefined);
    up = true;
    await eventually(() => broken.report.generation === '1.3' || undefined);
    await Promise.all(workers.map((worker) => worker.stop(100)));
  });

  it('leave alone what is newer until they are newer themselves', async () => {
    const brought: string[] = [];
    const worker = workerFor(
      placeOf('theirs', async ({ generation }) => {
        brought.push(generationText(generation));
        return generation.term < 5
          ? { kind: 'overtaken', by: { term: 5, number: 1 } }
          : { kind: 'published', files: 1 };
      }),
    );
    worker.offer(release(4, 1));
    await eventually(() => worker.report.overtakenBy === '5.1' || undefined);
    worker.offer(release(4, 2));
    worker.offer(release(6, 1));
    await eventually(() => worker.report.generation === '6.1' || undefined);
    expect(brought).toEqual(['4.1', '6.1']);
    await worker.stop(100);
  });
});

describe('a signed webhook', () => {
  const secret = `whsec_${Buffer.from('a secret of the test').toString('base64')}`;
  let server: Server;
  let bodies: { data: { generation: string; base?: string; files: { path: string }[] } }[];
  let answers: { status: number; body?: unknown }[];

  beforeEach(async () => {
    bodies = [];
    answers = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const [id, at, signed] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
          String(request.headers[name]),
        );
        if (!isSigned(secret, id ?? '', Number(at), text, signed ?? '')) {
          response.writeHead(401).end();
          return;
        }
        bodies.push(JSON.parse(text) as (typeof bodies)[number]);
        const { status, body } = answers.shift() ?? { status: 204 };
        response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const place = (): WebhookPlace =>
    new WebhookPlace({
      name: 'hook',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      secret: () => Promise.resolve(secret),
    });

  it('is sent what changed, and everything when it asks for that', async () => {
    const hook = place();
    await hook.publish(release(1, 1), signal);
    await hook.publish(release(1, 2), signal);
    answers = [{ status: 409, body: { need: 'everything' } }];
    expect(await hook.publish(release(1, 3), signal)).toEqual({ kind: 'published', files: 4 });
    expect(bodies.map(({ data }) => [data.generation, data.base, data.files.length])).toEqual([
      ['1.1', undefined, 4],
      ['1.2', '1.1', 3],
      ['1.3', '1.2', 3],
      ['1.3', undefined, 4],
    ]);
    expect(bodies[0]?.data.files.at(-1)?.path).toBe('index.html');
  });

  it('says that it has a newer one, or that it cannot', async () => {
    answers = [{ status: 409, body: { generation: '9.1' } }, { status: 503 }, { status: 403 }];
    expect(await place().publish(release(1, 1), signal)).toEqual({ kind: 'overtaken', by: { term: 9, number: 1 } });
    await expect(place().publish(release(1, 1), signal)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      retryable: true,
    });
    await expect(place().publish(release(1, 1), signal)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      retryable: false,
    });
  });
});

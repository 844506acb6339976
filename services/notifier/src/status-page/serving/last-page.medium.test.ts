import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { AppModule } from '../../app.module.js';
import { testEstateText } from '../../testing/test-estate.js';
import { startTestInbox, type TestInbox } from '../../testing/test-inbox.js';
import { loadLanguages } from '../languages/load-languages.js';
import { FolderPlace } from '../publishing/folder-place.js';
import { SiteBuilder } from '../site/build-site.js';
import { sampleStatus } from '../testing/sample-status.js';
import { lastPage } from './last-page.js';

let folder: string;
let nats: RunningNats;
let inbox: TestInbox;
let starting: Promise<RunningService> | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dr-last-page-'));
  nats = await startNatsServer();
  inbox = await startTestInbox();
});
afterEach(async () => {
  await inbox.close();
  await (await starting)?.stop();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a notifier that starts while there is no NATS', () => {
  it('serves the page that was published last, and makes its own once NATS is back', async () => {
    await writeFile(join(folder, 'estate.yaml'), await testEstateText(inbox));
    const facts = sampleStatus['outage'];
    if (facts === undefined) throw new Error('no sample');
    const site = new SiteBuilder(await loadLanguages(['en'], undefined)).build(facts);
    await new FolderPlace('folder', join(folder, 'status-page')).publish(
      { generation: { term: 0, number: 1 }, generatedAt: facts.generatedAt, site },
      AbortSignal.timeout(30_000),
    );
    await nats.kill();
    const port = await freePort();
    starting = startService({
      name: 'notifier',
      module: AppModule,
      environment: { DR_ESTATE: join(folder, 'estate.yaml'), DR_NATS_URL: nats.url, DR_HTTP_PORT: String(port) },
      logger: new JsonLogger({ level: 'error', write: () => {} }),
      meanwhile: lastPage,
    });
    const url = `http://127.0.0.1:${port}`;
    const page = await eventually(async () => (await fetch(url).catch(() => undefined))?.text());
    expect(page).toContain('All services are down');
    expect(page).toMatch(/id="stale" role="alert"\s*>/u);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    await nats.restart();
    await starting;
    expect(await (await fetch(url)).text()).not.toContain('All services are down');
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });
});

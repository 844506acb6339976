import 'reflect-metadata';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, silentLogger } from '@novacron/bus';
import { eventually, freePort, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { buckets, PostStatus } from '@novacron/contracts';
import { AppModule } from '../../app.module.js';
import { testEstateText } from '../../testing/test-estate.js';
import { headerOf, startTestInbox, type TestInbox } from '../../testing/test-inbox.js';

let nats: RunningNats;
let inbox: TestInbox;
let folder: string;
let service: RunningService;
let bus: Bus;

beforeAll(async () => {
  nats = await startNatsServer();
  inbox = await startTestInbox();
  folder = await mkdtemp(join(tmpdir(), 'dr-subscriptions-'));
  const port = await freePort();
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'webhook'), 'a secret of the test');
  await writeFile(join(folder, 'secrets', 'subscribers'), Buffer.alloc(32, 7).toString('base64'));
  const plan = `subscriptions: { channel: mail, url: 'http://127.0.0.1:${port}', key: { file: secrets/subscribers } }`;
  const text = (await testEstateText(inbox)).replace('folder: status-page\n', `folder: status-page\n    ${plan}\n`);
  expect(text).toContain('subscriptions:');
  await writeFile(join(folder, 'estate.yaml'), text);
  service = await startService({
    name: 'notifier',
    module: AppModule,
    environment: { DR_ESTATE: join(folder, 'estate.yaml'), DR_NATS_URL: nats.url, DR_HTTP_PORT: String(port) },
    logger: new JsonLogger({ level: 'error', write: () => {} }),
  });
  bus = await Bus.connect({
    url: nats.url,
    service: 'failover',
    instance: 'test',
    estate: 'novacron',
    logger: silentLogger,
  });
});

afterAll(async () => {
  await inbox.close();
  await service.stop();
  await bus.close();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(email: string, more: Record<string, string> = {}): Promise<Response> {
  return fetch(`${service.url}/subscriptions`, { method: 'POST', body: new URLSearchParams({ email, ...more }) });
}

/** What came to an address, its lines joined again. */
function mailsTo(address: string): string[] {
  return inbox.mails
    .filter((mail) => mail.to === address)
    .map((mail) => mail.raw.replaceAll('=\r\n', '').replaceAll('=3D', '='));
}

function linkIn(mail: string, kind: 'confirm' | 'end'): string {
  const link = new RegExp(String.raw`http://127\.0\.0\.1:\d+/subscriptions/${kind}/[\w.-]+`, 'u').exec(mail)?.[0];
  if (link === undefined) throw new Error(`no link to ${kind}`);
  return link;
}

async function subscribed(email: string, more: Record<string, string> = {}): Promise<void> {
  await ask(email, more);
  const [mail = ''] = await eventually(() => (mailsTo(email).length > 0 ? mailsTo(email) : undefined));
  const link = linkIn(mail, 'confirm');
  expect(await (await fetch(link)).text()).toContain('Confirm your subscription');
  expect(mailsTo(email)).toHaveLength(1);
  expect(await (await fetch(link, { method: 'POST' })).text()).toContain('You are subscribed');
}

async function post(incident: string, components: string[], text: string): Promise<void> {
  await bus.request(
    Object.assign(new PostStatus(), { incident, title: 'Slow', status: 'investigating', text, components, by: 'jane' }),
  );
}

describe('subscriptions by e-mail', () => {
  it('are confirmed by a button, told of what they chose and of nothing else, once, and ended by one click', async () => {
    await subscribed('pay@example.org', { component: 'payment_processing' });
    await subscribed('all@example.org');
    await ask('never@example.org');
    await post('slow-1', ['reporting'], 'Reports are slow.');
    await post('slow-2', ['payment_processing'], 'Payments are slow.');

    await eventually(() => mailsTo('all@example.org').length === 3 || undefined, { timeoutMs: 40_000 });
    const mine = await eventually(
      () => (mailsTo('pay@example.org').length === 2 ? mailsTo('pay@example.org') : undefined),
      { timeoutMs: 40_000 },
    );
    const mail = mine[1] ?? '';
    expect(mail).toContain('Payments are slow.');
    expect(headerOf(mail, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(headerOf(mail, 'List-Unsubscribe')).toBe(`<${linkIn(mail, 'end')}>`);
    expect(mailsTo('never@example.org')).toHaveLength(1);

    const end = linkIn(mail, 'end');
    expect(await (await fetch(end)).text()).toContain('End your subscription');
    const click = await fetch(end, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
    expect([click.status, await click.text()]).toEqual([200, expect.stringContaining('has ended')]);
    await post('slow-2', ['payment_processing'], 'Still slow.');
    await eventually(() => mailsTo('all@example.org').length === 4 || undefined, { timeoutMs: 40_000 });
    expect(mailsTo('pay@example.org')).toHaveLength(2);
  }, 180_000);

  it('tell nobody who is subscribed, and are no way to send mail to others again and again', async () => {
    const answers = await Promise.all(
      ['all@example.org', 'new@example.org', 'new@example.org'].map(async (one) => (await ask(one)).text()),
    );
    const alike = answers.map((page) => page.replaceAll(/\d{4}-[\dT:.-]+Z/gu, ''));
    expect(new Set(alike).size).toBe(1);
    await eventually(() => mailsTo('new@example.org').length === 1 || undefined);
    expect((await ask('bot@example.org', { website: 'x' })).status).toBe(200);
    expect((await ask('no address')).status).toBe(400);
    expect(mailsTo('bot@example.org')).toEqual([]);
  });

  it('take no link that is not theirs', async () => {
    for (const path of ['confirm/x', 'confirm/x.y', `end/${'a'.repeat(40)}.AAAA`, 'confirm/..%2f']) {
      expect((await fetch(`${service.url}/subscriptions/${path}`, { method: 'POST' })).status).toBe(404);
    }
  });

  it('keep no address readable', async () => {
    const manager = await bus.jetstream.jetstreamManager();
    const { state } = await manager.streams.info(`KV_${buckets.statusPage.name}`, { subjects_filter: '>' });
    for (const subject of Object.keys(state.subjects ?? {})) {
      expect(subject).not.toContain('example');
      const message = await manager.streams.getMessage(`KV_${buckets.statusPage.name}`, { last_by_subj: subject });
      expect(message?.string() ?? '').not.toContain('@example.org');
    }
    expect(Object.keys(state.subjects ?? {}).some((subject) => subject.includes('subscriber'))).toBe(true);
  });
});

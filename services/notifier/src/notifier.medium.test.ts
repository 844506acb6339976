import 'reflect-metadata';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import {
  BackupsPruned,
  type Delivery,
  type DeliveryList,
  type Done,
  DrError,
  type Message,
  NotificationDelivered,
  QueryDeliveries,
  QueryStatusPage,
  type Report,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  SendNotification,
  StoreProblem,
  WalArchiveTroubled,
} from '@novacron/contracts';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { AppModule } from './app.module.js';
import { isSigned } from './channels/webhook/signature.js';
import { testEstateText } from './testing/test-estate.js';
import { failoverCompleted, incident, restorationCompleted, siteLost, wholeDisaster } from './testing/test-history.js';
import { headerOf, startTestInbox, type TestInbox } from './testing/test-inbox.js';

const signingSecret = `whsec_${Buffer.from('a secret of the test').toString('base64')}`;

let nats: RunningNats;
let inbox: TestInbox;
let folder: string;
let service: RunningService | undefined;
let publisher: Bus;

beforeEach(async () => {
  nats = await startNatsServer();
  inbox = await startTestInbox();
  folder = await mkdtemp(join(tmpdir(), 'dr-notifier-'));
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'webhook'), `${signingSecret}\n`);
  await writeFile(join(folder, 'estate.yaml'), await testEstateText(inbox));
  service = await start();
  publisher = await Bus.connect({
    url: nats.url,
    service: 'failover',
    instance: 'test',
    estate: 'novacron',
    logger: silentLogger,
  });
});

afterEach(async () => {
  // First, so that no attempt waits for a server that hangs.
  await inbox.close();
  await service?.stop();
  service = undefined;
  await publisher.close();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(): Promise<RunningService> {
  return startService({
    name: 'notifier',
    module: AppModule,
    environment: { DR_ESTATE: join(folder, 'estate.yaml'), DR_NATS_URL: nats.url },
    logger: new JsonLogger({ level: 'error', write: () => {} }),
  });
}

async function say(data: Message, correlationId: string, id: string): Promise<void> {
  await publisher.publish(data, { correlationId, id });
}

async function deliveries(): Promise<readonly Delivery[]> {
  return (await publisher.request<DeliveryList>(new QueryDeliveries())).deliveries;
}

function settled(count: number): Promise<readonly Delivery[]> {
  return eventually(
    async () => {
      const rows = await deliveries();
      return rows.length === count && rows.every((row) => row.settledAt !== undefined) ? rows : undefined;
    },
    { what: `${count} settled deliveries` },
  );
}

/** What the whole disaster must cause, and nothing else: each template once to everyone, in the stakeholders' order. */
const readers = [
  ['executives_dr-lead_mail'],
  ...['infra-lead', 'db-lead', 'security-lead'].map((contact) => [
    `technical_${contact}_hooks`,
    `technical_${contact}_mail`,
  ]),
  ['customer-success_comms_mail'],
  ['customers_customers_mail'],
].flat();
const expected = ['initial', 'progress', 'resolution'].flatMap((template) =>
  readers.map((reader) => `${incident}_${reader}_${template}-1`),
);

describe('the notifier', () => {
  it('sends exactly these messages for a whole disaster', async () => {
    // Each time the readers have what is due before more happens: on a busy machine later words may overtake older ones.
    const told = new Map([
      [0, 1],
      [4, 2],
    ]);
    for (const [index, fact] of wholeDisaster.entries()) {
      await say(fact.data, fact.correlationId, `fact-${index}`);
      const templates = told.get(index);
      if (templates !== undefined) await settled(templates * readers.length);
    }

    const rows = await settled(expected.length);

    expect(rows.map((row) => row.notificationId).toSorted()).toEqual([...expected].toSorted());
    expect(rows.every((row) => row.state === 'accepted' && row.attempts === 1)).toBe(true);
    expect(inbox.mails.filter((mail) => mail.to === 'customers@novacron.io')).toHaveLength(3);
  });

  it('brings what is damaged, lost or not cared for to those on duty, and what retention removed to nobody', async () => {
    const problem = Object.assign(new StoreProblem(), { path: 'backups/b/orders/base.tar.zst', problem: 'is damaged' });
    const counts = { backups: 3, objects: 9, walObjects: 40, checkedBytes: 1, skipped: 0, durationMs: 1 };
    const verified = { store: 'dr', verifiedAt: '2026-11-26T04:00:00Z', ...counts };
    const facts: readonly Message[] = [
      new RepositoryVerified({ ...verified, good: true, problemCount: 0, problems: [] }),
      new BackupsPruned({
        ...{ store: 'dr', expired: ['backup-20261101-040000'], kept: ['backup-20261126-040000'], locked: [] },
        ...{ removedObjects: 3, removedWalObjects: 9, freedBytes: 4_000 },
      }),
      new RepositoryVerified({ ...verified, good: false, problemCount: 1, problems: [problem] }),
      new WalArchiveTroubled({ component: 'orders', fault: 'spool-full', state: 'found', reason: '9 bytes are free' }),
      new RepositoryUpkeepFailed({
        operationId: 'p',
        task: 'prune',
        step: 'plan',
        reason: 'no proof',
        code: 'CONFLICT',
      }),
    ];
    for (const [index, fact] of facts.entries()) await say(fact, `care-${index}`, `care-${index}`);

    const subjects = () => inbox.mails.map(({ raw }) => headerOf(raw, 'Subject'));
    const told = [
      'Backups in dr are damaged',
      'The WAL archive of orders has trouble: spool-full',
      'Care for the backups has failed: prune',
    ];
    await eventually(() => told.every((subject) => subjects().includes(subject)), { what: 'the mails' });
    const damage = inbox.mails.find(({ raw }) => headerOf(raw, 'Subject') === told[0]);
    expect(damage?.raw).toContain('backups/b/orders/base.tar.zst');
    const rows = await deliveries();
    await settled(rows.length);
    expect(new Set(subjects())).toEqual(new Set(told));
  });

  it('signs webhooks so that the receiver can check them', async () => {
    await say(siteLost, incident, 'lost');
    const [hook] = await eventually(() => (inbox.hooks.length === 3 ? inbox.hooks : undefined));

    const id = String(hook?.headers['webhook-id']);
    const at = Number(hook?.headers['webhook-timestamp']);
    const signature = String(hook?.headers['webhook-signature']);
    expect(isSigned(signingSecret, id, at, hook?.body ?? '', signature)).toBe(true);
    expect(isSigned(signingSecret, id, at, `${hook?.body} `, signature)).toBe(false);
    expect(JSON.parse(hook?.body ?? '')).toMatchObject({
      type: 'incident.initial',
      data: { incident, audience: 'technical' },
    });
  });

  it('tries again what the mail server puts off, and gives up what it refuses', async () => {
    let executives = 0;
    inbox.manner = (to) => {
      if (to === 'comms@novacron.io') return { status: 550 };
      executives += to === 'dr-lead@novacron.io' ? 1 : 0;
      return to === 'dr-lead@novacron.io' && executives === 1 ? { status: 451 } : 'accept';
    };
    await say(siteLost, incident, 'lost');

    const rows = await settled(readers.length);

    const byAudience = new Map(rows.map((row) => [`${row.audience}/${row.recipient}`, row]));
    expect(byAudience.get('executives/dr-lead')).toMatchObject({ state: 'accepted', attempts: 2 });
    expect(byAudience.get('customer-success/comms')).toMatchObject({ state: 'failed', attempts: 1 });
    expect(byAudience.get('customers/customers')).toMatchObject({ state: 'accepted' });
  });

  it('lets a mail server that hangs delay nobody for long, and repeats a page that may have arrived once', async () => {
    inbox.manner = (to) =>
      to === 'dr-lead@novacron.io' ? 'drop-after-data' : to === 'comms@novacron.io' ? 'hang' : 'accept';
    const startedMs = performance.now();
    await say(siteLost, incident, 'lost');

    await eventually(() => inbox.order.some((one) => one.includes('customers_customers')) || undefined);
    expect(performance.now() - startedMs).toBeLessThan(12_000);
    const rows = await eventually(async () => {
      const found = await deliveries();
      return found.filter((row) => row.state === 'unknown').length === 1 ? found : undefined;
    });
    expect(rows.find((row) => row.state === 'unknown')).toMatchObject({ recipient: 'dr-lead', attempts: 2 });
    inbox.manner = () => 'accept';
  });

  it('does after a restart what was left undone, and nothing twice', async () => {
    await say(siteLost, incident, 'lost');
    await settled(readers.length);
    await service?.stop();
    await say(failoverCompleted('primary', 'secondary', 'unplanned'), incident, 'moved');
    await say(restorationCompleted, 'by-hand', 'home');

    service = await start();
    await settled(expected.length);
    await service.stop();
    service = await start();
    await settled(expected.length);

    expect(inbox.order).toHaveLength(expected.length);
    expect(new Set(inbox.order).size).toBe(expected.length);
  });

  it('tells the house of each delivery', async () => {
    const delivered: NotificationDelivered[] = [];
    const manager = await publisher.jetstream.jetstreamManager();
    await say(siteLost, incident, 'lost');
    await settled(readers.length);
    const consumer = await publisher.jetstream.consumers.get('DR_EVENTS', {
      filter_subjects: ['dr.novacron.event.notifier.>'],
    });
    await eventually(async () => {
      const info = await manager.streams.info('DR_EVENTS', { subjects_filter: 'dr.novacron.event.notifier.>' });
      const count = Object.values(info.state.subjects ?? {}).reduce((sum, one) => sum + one, 0);
      return count >= readers.length || undefined;
    });
    for await (const message of await consumer.fetch({ max_messages: readers.length, expires: 1_000 })) {
      delivered.push(message.json<NotificationDelivered>());
    }
    expect(delivered.map((event) => event.recipient).toSorted()).toEqual(
      readers.map((reader) => reader.split('_')[1]).toSorted(),
    );
    expect(JSON.stringify(delivered)).not.toContain('@');
  });

  it('sends a message by hand, and says what is missing', async () => {
    const message = { incident: 'exercise-1', audience: 'executives', template: 'resolution' };
    const error: unknown = await publisher
      .request(Object.assign(new SendNotification(), { ...message, values: { TOTAL_DOWNTIME: 'long' } }))
      .catch((reason: unknown) => reason);
    expect(DrError.is(error) && error.details.map((detail) => detail.path)).toEqual(['values.TOTAL_DOWNTIME']);

    const values = { SERVICES: ['reporting'], RESOLUTION_TIME: '2026-03-15T10:00:00Z', TOTAL_DOWNTIME: '90s' };
    const done = await publisher.request<Done>(Object.assign(new SendNotification(), { ...message, values }));
    expect(done.status).toBe('done');
    const [row] = await settled(1);
    expect(row).toMatchObject({
      state: 'accepted',
      notificationId: 'exercise-1_executives_dr-lead_mail_resolution-by-hand-1',
    });
    expect(headerOf(inbox.mails[0]?.raw ?? '', 'Subject')).toBe('Resolved: reporting');
  });

  it('shows the incident on the status page, served and as files', async () => {
    const before = await (await fetch(`${service?.url}/`)).text();
    expect(before).toContain('We cannot confirm the state of our services at the moment');
    await say(siteLost, incident, 'lost');
    await eventually(async () => {
      const answer = await publisher.request<Report>(new QueryStatusPage());
      return (answer.report['status'] as { indicator: string }).indicator === 'critical' || undefined;
    });

    const response = await fetch(`${service?.url}/`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(page).toContain('We are aware of a problem that affects');
    expect(Buffer.byteLength(page)).toBeLessThan(30_000);
    const summary: unknown = await (await fetch(`${service?.url}/api/v2/summary.json`)).json();
    expect(summary).toMatchObject({
      status: { indicator: 'critical' },
      incidents: [{ id: incident, status: 'investigating' }],
    });
    await eventually(async () => {
      const file = await readFile(join(folder, 'status-page', 'current', 'index.html'), 'utf8');
      return file.includes('We are aware of a problem') || undefined;
    });
  });
});

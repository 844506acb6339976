import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { ledgerFilter } from '@novacron/contracts';
import { isSettled } from '../domain/send-order.js';
import { Ledger } from '../ledger/ledger.js';
import { type LedgerBatch, recordsIn } from '../ledger/ledger-record.js';
import { type FakeProviders, startFakeProviders } from '../testing/fake-providers.js';
import { matrixEstateText, matrixSecrets } from '../testing/matrix-estate.js';
import { wholeDisaster } from '../testing/test-history.js';
import { headerOf, startTestInbox, type TestInbox } from '../testing/test-inbox.js';

const main = join(import.meta.dirname, '../../dist/main.js');
/** What one disaster causes by this matrix, within the seconds that it takes: three templates to everyone whose start is now. */
const expected = 3 * (4 + 1 + 3 + 3);
/** At these steps — states that the ledger was given — the process is killed; every one in the long form. */
const steps =
  process.env['DR_CHAOS'] === 'whole'
    ? Array.from({ length: 3 * expected }, (_, step) => step)
    : [0, 1, 2, 12, 25, 40, 60];

let nats: RunningNats;
let inbox: TestInbox;
let providers: FakeProviders;
let folder: string;
let bus: Bus;
let child: ChildProcess | undefined;
let supervising = true;

beforeAll(async () => {
  nats = await startNatsServer();
  inbox = await startTestInbox();
  providers = await startFakeProviders();
  folder = await mkdtemp(join(tmpdir(), 'dr-notifier-kill-'));
  await mkdir(join(folder, 'secrets'));
  for (const [name, secret] of Object.entries({ ...matrixSecrets, 'routing-key': 'R1' })) {
    await writeFile(join(folder, 'secrets', name), secret);
  }
  await writeFile(
    join(folder, 'estate.yaml'),
    await matrixEstateText({ smtpPort: inbox.smtpPort, providersUrl: providers.url }),
  );
  bus = await Bus.connect({
    url: nats.url,
    service: 'failover',
    instance: 'test',
    estate: 'novacron',
    logger: silentLogger,
  });
  await provisionBus(bus.connection, { estate: 'novacron' });
});

afterAll(async () => {
  supervising = false;
  child?.kill('SIGKILL');
  await inbox.close();
  await providers.close();
  await bus.close();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As a supervisor would: dead is started again at once. */
function start(): void {
  if (!supervising) return;
  const env = { ...process.env, DR_ESTATE: join(folder, 'estate.yaml'), DR_NATS_URL: nats.url };
  child = spawn(process.execPath, [main], { env, stdio: 'ignore' });
  child.once('exit', start);
}

/** Kills the process the moment the ledger is given its n-th state, for each n in turn. */
async function killAtEachStep(): Promise<number> {
  const left = [...steps];
  let states = 0;
  let kills = 0;
  const watch = bus.connection.subscribe(ledgerFilter('novacron'), {
    callback: (_error, message) => {
      const given = recordsIn(message.json<LedgerBatch>()).length;
      if (left[0] !== undefined && states + given > left[0]) {
        left.shift();
        kills += 1;
        child?.kill('SIGKILL');
      }
      states += given;
    },
  });
  start();
  for (const [index, fact] of wholeDisaster.entries()) {
    await bus.publish(fact.data, { correlationId: fact.correlationId, id: `fact-${index}` });
  }
  await eventually(() => left.length === 0 || undefined, {
    timeoutMs: 120_000 + steps.length * 15_000,
    what: 'it was killed at every step',
  });
  watch.unsubscribe();
  if (child?.signalCode !== null) await once(child as ChildProcess, 'exit').catch(() => {});
  return kills;
}

describe('the notifier, killed at every step', () => {
  it('loses nothing, doubles no message to a customer and no page but one in doubt, and names every doubt', async () => {
    const kills = await killAtEachStep();
    const ledger = await Ledger.open(bus.jetstream, 'novacron');
    const rows = await eventually(
      () => {
        const first = [...ledger.all()].filter((row) => row.tried.length === 0);
        return first.length >= expected && [...ledger.all()].every((row) => isSettled(row.state))
          ? [...ledger.all()]
          : undefined;
      },
      { timeoutMs: 300_000, what: 'every row is settled' },
    );
    ledger.close();
    expect(rows.filter((row) => row.tried.length === 0)).toHaveLength(expected);

    const mails = inbox.mails.map(({ raw }) => headerOf(raw, 'X-DR-Notification'));
    const calls = providers.taken
      .filter(({ provider }) => provider === 'calls')
      .map(({ body }) => new URL(String(body['StatusCallback'])).searchParams.get('n') ?? '');
    const arrived = new Set([...mails, ...calls]);
    // No mail and no call twice under one name.
    expect(mails).toHaveLength(new Set(mails).size);
    expect(calls).toHaveLength(new Set(calls).size);
    for (const row of rows) {
      const direct = row.channel === 'mail' || row.channel === 'account-manager' || row.channel === 'phone';
      if (row.state === 'accepted' && direct)
        expect([row.notificationId, arrived.has(row.notificationId)]).toEqual([row.notificationId, true]);
      if (row.state === 'stale') expect(arrived.has(row.notificationId)).toBe(false);
      expect(['accepted', 'unknown', 'stale', 'failed']).toContain(row.state);
    }
    // A customer in doubt is not told again another way; one of ours is, once for each doubt.
    const instead = rows.filter((row) => row.tried.length > 0);
    expect(instead.filter((row) => row.customer)).toEqual([]);
    // What one fact sends may be with the providers at once when the process dies: so much is in doubt, and no more.
    expect(rows.filter((row) => row.state === 'unknown').length).toBeLessThanOrEqual(kills * (expected / 3));
    expect(instead.length).toBeLessThanOrEqual(2 * rows.filter((row) => row.state === 'unknown').length);
    expect(rows.filter((row) => row.state === 'failed')).toEqual([]);
    // PagerDuty knows what it is told twice by its key.
    const alarms = providers.taken
      .filter(({ provider }) => provider === 'pagerduty')
      .map(({ body }) => String(body['dedup_key']));
    expect(new Set(alarms)).toEqual(new Set(['dr/SiteLost_primary_1/technical']));
  }, 2_400_000);
});

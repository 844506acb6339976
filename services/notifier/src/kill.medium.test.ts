import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { Ledger } from './ledger/ledger.js';
import { testEstateText } from './testing/test-estate.js';
import { wholeDisaster } from './testing/test-history.js';
import { startTestInbox, type TestInbox } from './testing/test-inbox.js';

const main = join(import.meta.dirname, '../dist/main.js');
const messages = 27;

let nats: RunningNats;
let inbox: TestInbox;
let folder: string;
let bus: Bus;
let child: ChildProcess | undefined;
let supervising = true;

beforeAll(async () => {
  nats = await startNatsServer();
  inbox = await startTestInbox();
  folder = await mkdtemp(join(tmpdir(), 'dr-notifier-kill-'));
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'webhook'), 'a secret of the test');
  await writeFile(join(folder, 'estate.yaml'), await testEstateText(inbox));
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

describe('the notifier, killed again and again', () => {
  it('sends everything, no mail twice, and names what it cannot know', async () => {
    let looked = 0;
    const killed = async (afterMs: number): Promise<void> => {
      await eventually(() => inbox.order.length > looked || undefined, {
        timeoutMs: 30_000,
        what: 'something is sent',
      });
      await sleep(afterMs);
      looked = inbox.order.length;
      const dead = child;
      if (dead === undefined) return;
      dead.kill('SIGKILL');
      await once(dead, 'exit');
    };
    start();
    const pauses = [0, 3, 9, 1, 20];
    for (const [index, fact] of wholeDisaster.entries()) {
      await bus.publish(fact.data, { correlationId: fact.correlationId, id: `fact-${index}` });
    }
    for (const pause of pauses) await killed(pause);

    const ledger = await Ledger.open(bus.jetstream, 'novacron');
    const rows = await eventually(
      () => {
        const all = [...ledger.all()];
        return all.length === messages && all.every((row) => row.settledAt !== undefined) ? all : undefined;
      },
      { timeoutMs: 60_000, what: 'every row is settled' },
    );
    ledger.close();

    const mails = inbox.order.filter((one) => one.startsWith('mail:')).map((one) => one.slice('mail:'.length));
    expect(new Set(mails).size).toBe(mails.length);
    for (const row of rows) {
      const arrived = inbox.order.some((one) => one.endsWith(`:${row.notificationId}`));
      expect(['accepted', 'unknown', 'stale']).toContain(row.state);
      if (row.state === 'accepted') expect(arrived).toBe(true);
      if (row.state === 'stale') expect(arrived).toBe(false);
    }
    expect(rows.filter((row) => row.state === 'accepted').length).toBeGreaterThanOrEqual(messages - 2 * pauses.length);
  }, 150_000);
});

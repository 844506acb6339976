import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { ledgerFilter } from '@novacron/contracts';
import { isSettled } from '../domain/send-order.js';
import { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { type LedgerBatch, recordsIn } from '../ledger/ledger-record.js';
import { type FakeProviders, type ProviderManner, startFakeProviders } from '../testing/fake-providers.js';
import { matrixEstateText, matrixSecrets } from '../testing/matrix-estate.js';
import { wholeDisaster } from '../testing/test-history.js';
import { headerOf, startTestInbox, type TestInbox } from '../testing/test-inbox.js';
import { copiesTooMany, pagesOf } from './copies.js';

const main = join(import.meta.dirname, '../../dist/main.js');
const whole = process.env['DR_CHAOS'] === 'whole';
/** What one disaster causes by this matrix, within the seconds that it takes: three templates to everyone whose start is now. */
const expected = 3 * (4 + 1 + 3 + 3);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, step) => step);
/** At these states that the ledger was given, and at these messages that a provider took and has not yet said so, it is killed. */
const steps = {
  state: whole ? upTo(3 * expected) : [0, 1, 12, 30, 60],
  taken: whole ? upTo(expected) : [0, 3, 8, 15],
};
/** Channels whose providers know no message by its id. */
const doubtfulChannels = ['mail', 'phone', 'slack', 'account-manager'];

let nats: RunningNats;
let inbox: TestInbox;
let providers: FakeProviders;
let folder: string;
let bus: Bus;
let ledger: Ledger;
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
  ledger = await Ledger.open(bus.jetstream, 'novacron');
});

afterAll(async () => {
  supervising = false;
  child?.kill('SIGKILL');
  ledger.close();
  await inbox.close();
  await providers.close();
  await bus.close();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Slow to say yes, sometimes too busy, and one that breaks off after it has taken a call. */
function badly(provider: string, asked: number): ProviderManner {
  if (provider === 'calls' && asked % 7 === 3) return 'drop-after';
  if (provider !== 'pagerduty' && asked % 5 === 2) return { status: 429, headers: { 'retry-after': '1' } };
  if (asked % 11 === 5) return { status: 503 };
  return { answersAfterMs: 40 + (asked % 4) * 60 };
}

/** A page of ours that is with a provider. */
const isInDoubt = ({ customer, state, channel }: LedgerEntry): boolean =>
  !customer && state === 'sending' && doubtfulChannels.includes(channel);

/** What the deaths left in doubt: of each the attempts that had not been so before. */
const doubts: string[][] = [];
const attemptOf = ({ notificationId, attempts }: LedgerEntry): string => `${notificationId} ${attempts}`;

/** As a supervisor would: dead is started again, once it is noted what is in doubt. */
function start(): void {
  const env = { ...process.env, DR_ESTATE: join(folder, 'estate.yaml'), DR_NATS_URL: nats.url };
  child = spawn(process.execPath, [main], { env, stdio: 'ignore' });
  child.once('exit', () => {
    if (!supervising) return;
    void ledger.read('none').then(() => {
      const known = new Set(doubts.flat());
      doubts.push(
        [...ledger.all()]
          .filter(isInDoubt)
          .map(attemptOf)
          .filter((attempt) => !known.has(attempt)),
      );
      start();
    });
  });
}

/** Kills the process at each step of `kind` as it is reached; a step that a dead process is at the next one dies of. */
function killer(left: number[]): (more?: number) => void {
  let reached = 0;
  return (more = 1) => {
    reached += more;
    const alive = child !== undefined && child.exitCode === null && child.signalCode === null && !child.killed;
    if (left[0] === undefined || reached <= left[0] || !alive) return;
    left.shift();
    child?.kill('SIGKILL');
  };
}

/** Until it was killed at each step that there is, and everything has come to an end. */
async function killAtEachStep(): Promise<readonly LedgerEntry[]> {
  const onState = killer([...steps.state]);
  const onTaken = killer([...steps.taken]);
  const watch = bus.connection.subscribe(ledgerFilter('novacron'), {
    callback: (_error, message) => onState(recordsIn(message.json<LedgerBatch>()).length),
  });
  providers.onTaken = () => onTaken();
  inbox.onTaken = () => onTaken();
  start();
  for (const [index, fact] of wholeDisaster.entries()) {
    await bus.publish(fact.data, { correlationId: fact.correlationId, id: `fact-${index}` });
  }
  const rows = await eventually(
    () => {
      const all = [...ledger.all()];
      const planned = all.filter((row) => row.tried.length === 0).length >= expected;
      return planned && all.every((row) => isSettled(row.state)) ? all : undefined;
    },
    { timeoutMs: 180_000 + (steps.state.length + steps.taken.length) * 15_000, what: 'every row is settled' },
  );
  watch.unsubscribe();
  return rows;
}

/** How often what a row says was taken by its provider. */
function arrivals(): (row: LedgerEntry) => number {
  const mails = inbox.mails.map(({ raw }) => headerOf(raw, 'X-DR-Notification'));
  const calls = providers.taken
    .filter(({ provider }) => provider === 'calls')
    .map(({ body }) => new URL(String(body['StatusCallback'])).searchParams.get('n') ?? '');
  const said = providers.taken.filter(({ provider }) => provider === 'slack-hook').map(({ body }) => body['text']);
  return ({ channel, notificationId, subject, state }) => {
    if (channel === 'slack') return said.filter((text) => text === subject).length;
    if (doubtfulChannels.includes(channel)) return [...mails, ...calls].filter((id) => id === notificationId).length;
    // PagerDuty knows a message by its key, the status page is ours.
    return state === 'accepted' ? 1 : 0;
  };
}

describe('the notifier, killed at every step', () => {
  it('loses nothing, doubles one page at most for each death, no message to a customer, and names every doubt', async () => {
    let asked = 0;
    providers.manner = (provider) => badly(provider, (asked += 1));
    inbox.manner = () => ({ answersAfterMs: 40 + ((asked += 1) % 4) * 60 });
    const rows = await killAtEachStep();
    expect(rows.filter((row) => row.tried.length === 0)).toHaveLength(expected);
    expect(doubts.length).toBeGreaterThanOrEqual(steps.state.length + steps.taken.length - (whole ? expected : 1));

    // However it died, one page of ours at most was with a provider that would not know it again.
    expect(doubts.filter((left) => left.length > 1)).toEqual([]);
    const inDoubt = doubts.flat().map((attempt) => attempt.split(' ')[0]);
    const arrived = arrivals();
    for (const page of pagesOf(rows)) {
      const { first, instead, besides } = page;
      const name = first.notificationId;
      const all = [first, ...instead];
      const copies = copiesTooMany(page, arrived);
      if (first.customer) {
        // A customer in doubt is not told again, neither so nor another way.
        expect([name, copies]).toEqual([name, 0]);
        if (first.state === 'unknown') expect([name, instead]).toEqual([name, []]);
        if (first.state === 'accepted') expect([name, arrived(first)]).toEqual([name, 1]);
      } else {
        const deaths = inDoubt.filter((id) => all.some((row) => row.notificationId === id)).length;
        expect([name, copies <= deaths]).toEqual([name, true]);
      }
      if (first.state === 'stale') expect([name, arrived(first)]).toEqual([name, 0]);
      else if (first.state === 'accepted') expect([name, arrived(first) > 0]).toEqual([name, true]);
      else if (!first.customer) {
        // In doubt, or killed over and over until its time was over: told another way, or overtaken there by later words.
        const states = all.map((row) => `${row.channel} ${row.state}`);
        const others = [...instead, ...besides];
        const told = arrived(first) > 0 || others.some((row) => arrived(row) > 0 || row.state === 'stale');
        expect([name, states, told]).toEqual([name, states, true]);
      }
      expect([name, isSettled(first.state)]).toEqual([name, true]);
      // Who can be asked was asked, and told: calls to one person go one after the other.
      if (first.channel === 'phone') expect([name, first.state]).not.toEqual([name, 'unknown']);
    }
    const alarms = providers.taken
      .filter(({ provider }) => provider === 'pagerduty')
      .map(({ body }) => String(body['dedup_key']));
    expect(new Set(alarms)).toEqual(new Set(['dr/SiteLost_primary_1/technical']));
  }, 2_400_000);
});

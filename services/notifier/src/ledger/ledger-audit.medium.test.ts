import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { ledgerSubject } from '@novacron/contracts';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Auditor } from '../audit/auditor.js';
import type { WantedTimer } from '../domain/conversation/wanted-timers.js';
import { ledgerEntry } from '../testing/ledger-entries.js';
import { Ledger } from './ledger.js';
import { recordOf } from './ledger-record.js';
import { readSeals, recordsFrom, Seals } from './seals.js';
import { type LedgerVerdict, type PlacedRecord, verifyLedger } from './verify-ledger.js';

let nats: RunningNats;
let bus: Bus;
let ledger: Ledger;
let seals: Seals;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.parse('2026-03-15T10:00:00.000Z');
  nats = await startNatsServer();
  bus = await Bus.connect({ url: nats.url, service: 'notifier', instance: '1', estate: 'test', logger: silentLogger });
  await provisionBus(bus.connection, { estate: 'test' });
  ledger = await Ledger.open(bus.jetstream, 'test');
  seals = new Seals(bus.jetstream, await bus.jetstream.jetstreamManager(), 'test', () => nowMs);
});

afterEach(async () => {
  ledger.close();
  await bus.close();
  await nats.stop();
});

async function told(notificationId: string): Promise<void> {
  await ledger.plan(ledgerEntry({ notificationId }));
  for (const state of ['sending', 'accepted'] as const) {
    const stored = await ledger.read(notificationId);
    if (stored !== undefined) await ledger.change(stored, { state });
  }
}

async function verdict(): Promise<LedgerVerdict> {
  const records: PlacedRecord[] = [];
  for await (const placed of recordsFrom(bus.jetstream, 'test', 1)) records.push(placed);
  return verifyLedger(records, await readSeals(bus.jetstream, 'test'));
}

describe('the chain of the ledger', () => {
  it('holds over states and seals, and says what was sealed', async () => {
    await told('a');
    const first = await seals.seal();
    await told('b');
    await seals.seal();
    expect(await seals.seal()).toMatchObject({ records: 3, previous: first?.hash });
    expect(await verdict()).toEqual({ records: 6, notifications: 2, sealedRecords: 6, problems: [] });
  });

  it('shows a record that was removed, and one that was forged', async () => {
    await told('a');
    await seals.seal();
    const manager = await bus.jetstream.jetstreamManager();
    await manager.streams.deleteMessage('DR_LEDGER', 2);
    expect((await verdict()).problems).toEqual([
      'record 3 of a does not follow the one before it',
      'what seal 3 covers is not what was sealed',
    ]);
    const forged = recordOf(ledgerEntry({ notificationId: 'a', state: 'delivered' }), 'f'.repeat(64), 'n');
    await bus.jetstream.publish(ledgerSubject('test'), JSON.stringify({ records: [forged] }));
    expect((await verdict()).problems).toHaveLength(3);
  });
});

describe('the auditor', () => {
  it('finds what nobody moves and timers that were lost, mends each once, and then only tells the switch outside', async () => {
    const pings: unknown[] = [];
    const outside = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        pings.push(JSON.parse(body));
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => void outside.listen(0, '127.0.0.1', resolve));
    const timer: WantedTimer = { incident: 'i', audience: 'a', kind: 'update', key: '1', dueAtMs: nowMs };
    const lost = [timer];
    const queued: string[] = [];
    const set: string[] = [];
    const auditor = new Auditor({
      ledger,
      seals,
      logger: silentLogger,
      nowMs: () => nowMs,
      wanted: () => lost,
      setTimer: async ({ kind }) => void set.push(kind),
      requeue: async ({ notificationId }) => void queued.push(notificationId),
      switchUrl: () => Promise.resolve(`http://127.0.0.1:${(outside.address() as AddressInfo).port}/`),
    });
    await told('a');
    await ledger.plan(ledgerEntry({ notificationId: 'stuck' }));
    await ledger.plan(ledgerEntry({ notificationId: 'held', heldFor: 'approval' }));

    expect(await auditor.audit()).toMatchObject({
      planned: 3,
      terminal: 1,
      inFlight: 2,
      stuck: [],
      lostTimers: [],
      pinged: true,
    });
    nowMs += 100_000;
    expect(await auditor.audit()).toMatchObject({ stuck: ['stuck'], lostTimers: [timer], pinged: false });
    expect([queued, set]).toEqual([['stuck'], ['update']]);
    expect(await auditor.audit()).toMatchObject({ stuck: [], lostTimers: [], pinged: false });
    lost.length = 0;
    const stuck = await ledger.read('stuck');
    if (stuck !== undefined) await ledger.change(stuck, { state: 'accepted' });
    nowMs += 100_000;
    expect(await auditor.audit()).toMatchObject({ terminal: 2, inFlight: 1, pinged: true });
    expect(pings.at(-1)).toMatchObject({ planned: 3, terminal: 2, inFlight: 1 });
    outside.close();
  });
});

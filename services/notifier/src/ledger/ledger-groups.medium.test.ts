import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { ledgerSubject } from '@novacron/contracts';
import { ledgerEntry } from '../testing/ledger-entries.js';
import { Ledger } from './ledger.js';
import { genesis, recordOf } from './ledger-record.js';
import { recordsFrom } from './seals.js';
import { type PlacedRecord, verifyLedger } from './verify-ledger.js';

let nats: RunningNats;
let bus: Bus;
let ledgers: Ledger[];

beforeEach(async () => {
  nats = await startNatsServer();
  bus = await Bus.connect({ url: nats.url, service: 'notifier', instance: '1', estate: 'test', logger: silentLogger });
  await provisionBus(bus.connection, { estate: 'test' });
  ledgers = [];
});

afterEach(async () => {
  for (const ledger of ledgers) ledger.close();
  await bus.close();
  await nats.stop();
});

async function open(): Promise<Ledger> {
  const ledger = await Ledger.open(bus.jetstream, 'test');
  ledgers.push(ledger);
  return ledger;
}

async function stored(): Promise<{ records: PlacedRecord[]; messages: number }> {
  const records: PlacedRecord[] = [];
  for await (const placed of recordsFrom(bus.jetstream, 'test', 1)) records.push(placed);
  return { records, messages: new Set(records.map(({ sequence }) => sequence)).size };
}

const ids = Array.from({ length: 300 }, (_, index) => `n${index}`);

describe('the ledger written in groups', () => {
  it('is a handful of messages for hundreds of rows, and the whole chain is there for whoever opens it', async () => {
    const ledger = await open();
    expect(await Promise.all(ids.map((notificationId) => ledger.plan(ledgerEntry({ notificationId }))))).not.toContain(
      false,
    );
    const { records, messages } = await stored();
    expect(records).toHaveLength(ids.length);
    expect(messages).toBeLessThan(10);
    expect(verifyLedger(records, []).problems).toEqual([]);
    expect([...(await open()).all()].map(({ notificationId }) => notificationId)).toEqual(ids);
  });

  it('has one winner for each change, whoever writes at once, and nothing void', async () => {
    const writers = [await open(), await open(), await open()];
    const planned = await Promise.all(
      ids.map((notificationId) => Promise.all(writers.map((one) => one.plan(ledgerEntry({ notificationId }))))),
    );
    for (const winners of planned) expect(winners.filter(Boolean)).toHaveLength(1);
    const changed = await Promise.all(
      ids.map((id) =>
        Promise.all(
          writers.map(async (one, index) => {
            const row = await one.read(id);
            return row === undefined ? undefined : one.change(row, { state: 'sending', attempts: index + 1 });
          }),
        ),
      ),
    );
    for (const winners of changed) expect(winners.filter((row) => row !== undefined)).toHaveLength(1);
    const { records } = await stored();
    expect(records).toHaveLength(2 * ids.length);
    expect(verifyLedger(records, []).problems).toEqual([]);
    // Each has seen the same.
    for (const id of ids) {
      const states = await Promise.all(writers.map(async (one) => (await one.read(id))?.hash));
      expect(new Set(states).size).toBe(1);
    }
  }, 120_000);

  it('follows what earlier versions wrote, one state in a message', async () => {
    const old = recordOf(ledgerEntry({ notificationId: 'old' }), genesis, 'n');
    await bus.jetstream.publish('dr.test.ledger.row.old', JSON.stringify(old));
    const ledger = await open();
    const row = ledger.stored('old');
    expect(row?.hash).toBe(old.hash);
    if (row !== undefined) await ledger.change(row, { state: 'accepted' });
    expect(await ledger.plan(ledgerEntry({ notificationId: 'old' }))).toBe(false);
    const { records } = await stored();
    expect(records).toHaveLength(2);
    expect(verifyLedger(records, []).problems).toEqual([]);
  });

  it('goes on after everything was purged', async () => {
    const ledger = await open();
    await ledger.plan(ledgerEntry({ notificationId: 'a' }));
    const manager = await bus.jetstream.jetstreamManager();
    await manager.streams.purge('DR_LEDGER', { filter: ledgerSubject('test') });
    expect(await ledger.plan(ledgerEntry({ notificationId: 'b' }))).toBe(true);
  });
});

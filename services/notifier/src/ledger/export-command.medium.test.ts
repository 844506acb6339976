import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Bus, provisionBus, silentLogger } from '@novacron/bus';
import { type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { ledgerSubject } from '@novacron/contracts';
import { ledgerEntry } from '../testing/ledger-entries.js';
import { Ledger } from './ledger.js';
import { recordOf } from './ledger-record.js';
import { Seals } from './seals.js';

const command = join(import.meta.dirname, '../../dist/ledger/export-command.js');
let nats: RunningNats;
let bus: Bus;

beforeAll(async () => {
  nats = await startNatsServer();
  bus = await Bus.connect({ url: nats.url, service: 'notifier', instance: '1', estate: 'test', logger: silentLogger });
  await provisionBus(bus.connection, { estate: 'test' });
  const ledger = await Ledger.open(bus.jetstream, 'test');
  for (const [notificationId, incident] of [
    ['a', 'fire'],
    ['b', 'flood'],
  ] as const) {
    await ledger.plan(ledgerEntry({ notificationId, incident }));
    for (const state of ['sending', 'accepted'] as const) {
      const stored = ledger.stored(notificationId);
      if (stored !== undefined) await ledger.change(stored, { state });
    }
  }
  ledger.close();
  await new Seals(bus.jetstream, await bus.jetstream.jetstreamManager(), 'test', Date.now).seal();
});

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, DR_NATS_URL: nats.url, DR_ESTATE_NAME: 'test' };
  const child = spawn(process.execPath, [command, ...args], { env, timeout: 60_000 });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

describe('npm run ledger', () => {
  it('says how it is used, and refuses what there is not', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('verify') as string });
    const refused = await run('shred');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('there is no shred');
  });

  it('exports every state, or those of one incident, and verifies all of it', async () => {
    const all = await run();
    const lines = all.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(all.code).toBe(0);
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toEqual({ verdict: { records: 6, notifications: 2, sealedRecords: 6, problems: [] } });
    const one = await run('export', '--incident', 'flood');
    expect(one.out.trim().split('\n')).toHaveLength(4);
    expect(one.out).toContain('"records":6');
    expect((await run('verify')).out).toBe(
      'the ledger is as it was written: 6 records of 2 notifications, 6 of them sealed\n',
    );
  });

  it('names the row that was forged, and the record that was removed, and ends with 1', async () => {
    const forged = recordOf(ledgerEntry({ notificationId: 'b', state: 'delivered' }), 'f'.repeat(64), 'n');
    const { seq } = await bus.jetstream.publish(ledgerSubject('test'), JSON.stringify({ records: [forged] }));
    const broken = await run('verify');
    expect(broken.code).toBe(1);
    expect(broken.out).toContain(`record ${seq} of b does not follow the one before it`);

    const manager = await bus.jetstream.jetstreamManager();
    await manager.streams.deleteMessage('DR_LEDGER', 2);
    const gone = await run('verify');
    expect(gone.code).toBe(1);
    expect(gone.out).toContain('record 3 of a does not follow the one before it');
    expect(gone.out).toContain('is not what was sealed');
  });

  it('ends with 2 where no bus answers', async () => {
    const env = { ...process.env, DR_NATS_URL: 'nats://127.0.0.1:9', DR_ESTATE_NAME: 'test', DR_NATS_OPTIONS: '{' };
    const child = spawn(process.execPath, [command], { env, stdio: 'ignore', timeout: 60_000 });
    expect((await once(child, 'exit'))[0]).toBe(2);
  });
});

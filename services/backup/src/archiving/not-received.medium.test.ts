import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { ReceiveWal } from '@novacron/drivers';
import { temporaryFolder } from '@novacron/drivers/testing';
import { parseLsn, segmentName } from '@novacron/repository';
import { BackupWorld } from '../testing/backup-world.js';
import { archiveSlot } from './wal-source.js';

describe('the alarm that no WAL is received', () => {
  let world: BackupWorld;
  const query = <T extends Record<string, unknown>>(sql: string) => world.postgres.member.query<T>(sql);

  beforeAll(async () => {
    world = await BackupWorld.start();
    await eventually(isReceiving, { what: 'a receiver', timeoutMs: 60_000 });
  }, 120_000);
  afterAll(() => world?.stop());

  const isReceiving = async (): Promise<boolean> => {
    const slots = await world.postgres.member.replicationSlots();
    return slots.some(({ name, active }) => name === archiveSlot && active);
  };
  const alarms = (state: string) =>
    world.events
      .named('wal-archive-troubled')
      .filter(({ data }) => data['fault'] === 'not-received' && data['state'] === state);
  const cutOff = () => query(`select pg_terminate_backend(active_pid) from pg_replication_slots where active`);

  it.each([
    {
      what: 'the server refuses its password',
      begin: `alter role dr_replication password 'another'`,
      end: `alter role dr_replication password 'replication-test-password'`,
      says: /password authentication failed for user "dr_replication"/u,
    },
    {
      what: 'its role may not replicate any more',
      begin: 'alter role dr_replication noreplication',
      end: 'alter role dr_replication replication',
      says: /replication/u,
    },
  ])(
    'says why, where $what, and when it is over',
    async ({ begin, end, says }) => {
      const [found, over] = [alarms('found').length, alarms('over').length];
      await query(begin);
      try {
        await cutOff();
        const alarm = await eventually(() => alarms('found')[found], { what: 'the alarm', timeoutMs: 60_000 });
        expect(alarm.data).toMatchObject({ component: 'novacron', site: 'primary' });
        expect(alarm.data['reason']).toMatch(says);
        expect(String(alarm.data['reason'])).not.toContain('test-password');
      } finally {
        await query(end);
      }
      await eventually(() => alarms('over')[over], { what: 'the end of the alarm', timeoutMs: 60_000 });
    },
    150_000,
  );

  it('says who has its slot, and archives nothing that only the other one has received', async () => {
    const folder = temporaryFolder('other');
    const [found, over] = [alarms('found').length, alarms('over').length];
    const { port, replication, binDir } = world.postgres;
    const to = { host: '127.0.0.1', port, ...replication, slot: archiveSlot, spoolDir: folder.path, binDir };
    const other = new ReceiveWal(to);
    await world.stopService();
    other.start();
    try {
      await eventually(isReceiving, { what: 'the other receiver', timeoutMs: 30_000 });
      await world.startService();
      await query('create table orders as select generate_series(1, 20000) as n');
      const alarm = await eventually(() => alarms('found')[found], { what: 'the alarm', timeoutMs: 60_000 });
      expect(alarm.data['reason']).toMatch(/replication slot "dr_archive" is active for PID \d+/u);
    } finally {
      await other.stop();
      folder.remove();
    }
    await eventually(() => alarms('over')[over], { what: 'the end of the alarm', timeoutMs: 60_000 });
    const { systemIdentifier, position } = await world.postgres.member.status();
    const archive = world.repository.wal('dr', systemIdentifier);
    const size = archive.segmentSizeBytes;
    const until = parseLsn(position ?? '0/0');
    const numbers = (await archive.index()).chunks.map(({ number }) => number);
    const first = numbers.reduce((a, b) => (a < b ? a : b));
    const start = (number: bigint): bigint => number * BigInt(size);
    const reached = async (): Promise<boolean> => (await archive.contiguousUntil(1, start(first))).until >= until;
    await eventually(reached, { what: 'an archive up to date', timeoutMs: 60_000 });
    for (let number = first; start(number) < until; number += 1n) {
      const name = segmentName({ timeline: 1, number }, size);
      const archived = await archive.readSegment(name);
      const written = readFileSync(join(world.postgres.dataDir, 'pg_wal', name));
      const end = Number(until - start(number));
      expect([name, archived.subarray(0, end).equals(written.subarray(0, end))]).toEqual([name, true]);
    }
  }, 200_000);
});

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@novacron/bus';
import { startPostgres, startStandbyOf, type TestPostgres } from '@novacron/drivers/testing';
import { rejoinDatabase, type Rejoined } from './rejoin-database.js';
import type { RejoinMark } from './rejoin-marker.js';
import { walEnd } from './wal-end.js';

/** A primary that died with rows nobody else has, and a standby that was promoted in its place. */
async function diverged(): Promise<{ old: TestPostgres; active: TestPostgres }> {
  const old = await startPostgres({ name: 'home' });
  const active = await startStandbyOf(old, { name: 'active' });
  await old.member.query('create table orders (n int)');
  await old.member.query('insert into orders select generate_series(1, 1000)');
  await active.member.waitForReplay((await old.member.status()).position ?? '');
  await active.member.cutWalReceiver();
  await old.member.query('insert into orders select generate_series(1001, 1500)');
  await old.kill();
  await active.member.promote();
  await active.member.query('insert into orders select generate_series(2001, 2100)');
  await active.member.createReplicationSlot('home');
  return { old, active };
}

function rejoin(
  old: TestPostgres,
  active: TestPostgres,
  before?: RejoinMark,
): Promise<Rejoined & { marks: RejoinMark[] }> {
  const marks: RejoinMark[] = before === undefined ? [] : [before];
  const done = rejoinDatabase({
    home: old.member,
    active: active.member,
    source: { ...active.source('home') },
    replicationPassword: active.replication.password,
    advice: 'rewind',
    mark: {
      read: () => Promise.resolve(marks.at(-1)),
      write: (mark) => Promise.resolve(void marks.push(mark)),
    },
    logger: silentLogger,
    signal: AbortSignal.timeout(50_000),
  });
  return done.then((rejoined) => ({ ...rejoined, marks }));
}

describe('a database that comes home', () => {
  let servers: { old: TestPostgres; active: TestPostgres };

  beforeEach(async () => {
    servers = await diverged();
  });
  afterEach(async () => {
    await Promise.all([servers.old.stop(), servers.active.stop()]);
  });

  const sums = async (): Promise<unknown[]> => {
    const { old, active } = servers;
    await old.member.waitForReplay((await active.member.status()).position ?? '');
    const sum = 'select count(*)::int as rows, sum(n)::int as total from orders';
    return [(await old.member.query(sum))[0], (await active.member.query(sum))[0]];
  };

  it('is wound back to where it left the active one, and follows', async () => {
    const { old, active } = servers;
    const control = await old.member.controlData();
    const end = await walEnd(old.member, control, AbortSignal.timeout(10_000));
    const [branch] = await active.member.timelineHistory();

    const { method, marks } = await rejoin(old, active);

    expect(method).toBe('rewind');
    expect(marks).toEqual(['touched', 'rewind']);
    expect(await sums()).toEqual([
      { rows: 1100, total: 705_550 },
      { rows: 1100, total: 705_550 },
    ]);
    expect(BigInt(`0x${end.split('/')[1]}`)).toBeGreaterThan(BigInt(`0x${branch?.switchLsn.split('/')[1]}`));
    expect(await old.member.status()).toMatchObject({ inRecovery: true, timeline: 2 });
  });

  it('is copied anew when the WAL since the parting is gone', async () => {
    const { old, active } = servers;
    const wal = join(old.dataDir, 'pg_wal');
    // With its history since the last common checkpoint gone, nothing can be wound back.
    for (const name of readdirSync(wal).filter((each) => /^[0-9A-F]{24}$/u.test(each))) rmSync(join(wal, name));

    const { method, note, marks } = await rejoin(old, active);

    expect(method).toBe('rebuild');
    expect(note).toEqual(expect.any(String));
    expect(marks).toEqual(['touched', 'touched', 'rebuild']);
    expect(await sums()).toEqual([
      { rows: 1100, total: 705_550 },
      { rows: 1100, total: 705_550 },
    ]);
  });

  it('is copied anew when an earlier rewind was cut short, whatever its data look like', async () => {
    const { old, active } = servers;

    const { method, note } = await rejoin(old, active, 'touched');

    expect({ method, note }).toEqual({ method: 'rebuild', note: 'an earlier attempt was cut short' });
    expect((await sums())[0]).toEqual({ rows: 1100, total: 705_550 });
  });
});

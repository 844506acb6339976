import { PostgresMember } from '@novacron/drivers';
import { startPostgres, startStandbyOf, type TestPostgres } from '@novacron/drivers/testing';
import { eventually } from '@novacron/bus/testing';
import { look } from '../testing/look.js';
import { PostgresCanaryProbe } from './postgres-canary.js';
import { PostgresDiskProbe } from './postgres-disk.js';
import { type PostgresExpectation, PostgresProbe } from './postgres.js';
import { SqlProbe } from './sql.js';
import { WorkersProbe, workersOfTable } from './workers.js';

const timeoutMs = 4_000;
type Member = (signal: AbortSignal) => Promise<PostgresMember>;

describe('the checks of PostgreSQL', () => {
  let primary: TestPostgres;
  let standby: TestPostgres;

  beforeAll(async () => {
    primary = await startPostgres();
    standby = await startStandbyOf(primary);
  }, 120_000);

  afterAll(async () => {
    await standby?.stop();
    await primary?.stop();
  });

  const of =
    (server: TestPostgres, other: { password?: string; readOnly?: boolean } = {}): Member =>
    async () =>
      new PostgresMember({ ...server.member.options, ...other });
  const postgres = (server: TestPostgres, expected: Partial<PostgresExpectation> = {}): PostgresProbe =>
    new PostgresProbe(of(server), { timeoutMs, ...expected });
  const canary = (server: TestPostgres, role?: 'primary', place = 'alpha'): PostgresCanaryProbe =>
    new PostgresCanaryProbe(of(server), { timeoutMs, place, ...(role === undefined ? {} : { role }) });
  const disk = (server: TestPostgres, capacityBytes: number): PostgresDiskProbe =>
    new PostgresDiskProbe(of(server), { timeoutMs, capacityBytes, maxUsed: 0.85 });
  const sql = (server: TestPostgres, statement: string, expected?: string): SqlProbe =>
    new SqlProbe(of(server, { readOnly: true }), statement, expected, timeoutMs);

  it('find a primary and a standby well, and each in the role that it should have', async () => {
    for (const server of [primary, standby]) expect(await look(postgres(server))).toEqual({});
    expect(await look(postgres(primary, { role: 'primary' }))).toEqual({});
    expect(await look(postgres(standby, { role: 'standby', maxLagMs: 5_000 }))).toEqual({});
    await expect(look(postgres(primary, { role: 'standby' }))).rejects.toThrow('it is a primary, not a standby');
    await expect(look(postgres(standby, { role: 'primary' }))).rejects.toThrow('it is a standby, not a primary');
  });

  it('do not take a refused login for a failed server', async () => {
    const wrong = new PostgresProbe(of(primary, { password: 'wrong' }), { timeoutMs });
    await expect(look(wrong)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('notice a standby that falls behind, and one that receives nothing', async () => {
    await standby.member.query('select pg_wal_replay_pause()');
    await primary.member.query('create table rows (n int)');
    const lagging = (): Promise<object> => look(postgres(standby, { maxLagMs: 300 }));
    await eventually(async () => JSON.stringify(await lagging()).includes('ms behind'), { timeoutMs: 20_000 });
    expect(await look(postgres(standby))).toEqual({});
    await standby.member.query('select pg_wal_replay_resume()');
    await eventually(async () => (await look(postgres(standby, { maxLagMs: 300 }))).degraded === undefined, {
      timeoutMs: 20_000,
    });

    const settings = await standby.member.cutWalReceiver();
    expect(await lagging()).toEqual({ degraded: 'it receives no WAL' });
    await standby.member.restoreWalReceiver(settings);
    await eventually(async () => (await look(postgres(standby, { maxLagMs: 5_000 }))).degraded === undefined, {
      timeoutMs: 20_000,
    });
  });

  it('write, flush and read back a row, one for each place, at the primary alone', async () => {
    // Two places at once, before there is a table.
    await Promise.all([look(canary(primary)), look(canary(primary, 'primary', 'beta'))]);
    for (let i = 0; i < 5; i += 1) expect(await look(canary(primary))).toEqual({});
    const [row] = await primary.member.query<{ rows: number }>('select count(*)::int as rows from dr.canary');
    expect(row?.rows).toBe(2);
    expect(await look(canary(standby))).toEqual({});
    await expect(look(canary(standby, 'primary'))).rejects.toThrow('it is a standby, not a primary');
  });

  it('know a primary that takes no writes from a standby', async () => {
    await primary.member.query('alter database novacron set default_transaction_read_only = on');
    try {
      await expect(look(canary(primary))).rejects.toThrow('a primary that takes no writes');
    } finally {
      await primary.member.query(
        'set transaction read write; alter database novacron reset default_transaction_read_only',
      );
    }
    expect(await look(canary(primary))).toEqual({});
  });

  it('tell commits that wait for a lost standby from a disk that fails', async () => {
    await primary.member.setSynchronousStandbys(['nobody'], {});
    const waiting = primary.member.query('insert into rows values (1)', [], { timeoutMs: 60_000 });
    waiting.catch(() => undefined);
    try {
      await eventually(async () => (await look(canary(primary))).degraded !== undefined, { timeoutMs: 20_000 });
      expect(await look(canary(primary))).toEqual({ degraded: '1 commits wait for a synchronous standby' });
    } finally {
      await primary.member.setSynchronousStandbys([]);
    }
    await waiting;
    await eventually(async () => (await look(canary(primary))).degraded === undefined, { timeoutMs: 20_000 });
  });

  it('see how full a primary and a standby are', async () => {
    for (const server of [primary, standby]) {
      expect(await look(disk(server, 1e12))).toEqual({});
      expect((await look(disk(server, 10e6))).degraded).toMatch(/fill \d+ % of the capacity, more than 85 %/u);
    }
  });

  it('ask what the estate wants to know, and can only read', async () => {
    expect(await look(sql(primary, 'select count(*) > 0 from pg_database'))).toEqual({});
    expect(await look(sql(standby, 'select 7', '7'))).toEqual({});
    await expect(look(sql(primary, 'select 8', '7'))).rejects.toThrow('another value than expected');
    await expect(look(sql(primary, 'select 1 where false'))).rejects.toThrow('gave no row');
    await expect(look(sql(primary, 'select * from nothing_there'))).rejects.toThrow('does not exist');
    await expect(look(sql(primary, 'insert into rows values (2) returning n'))).rejects.toThrow('read-only');
    await expect(look(sql(primary, 'select pg_sleep(60)'), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('see that workers live and that the queue moves', async () => {
    await primary.member.query(
      'create table jobs (at timestamptz, done bool); create table workers (beat timestamptz)',
    );
    const workers = new WorkersProbe(
      workersOfTable(
        of(primary, { readOnly: true }),
        `select extract(epoch from clock_timestamp() - (select max(beat) from workers)) * 1000 as heartbeat_age_ms,
           extract(epoch from clock_timestamp() - (select min(at) from jobs where not done)) * 1000 as queue_age_ms`,
        timeoutMs,
      ),
      { maxHeartbeatAgeMs: 60_000, maxQueueAgeMs: 60_000 },
    );
    await expect(look(workers)).rejects.toThrow('no worker has ever shown a sign of life');
    await primary.member.query('insert into workers values (now())');
    expect(await look(workers)).toEqual({});
    await primary.member.query("insert into jobs values (now() - interval '5 minutes', false)");
    expect((await look(workers)).degraded).toMatch(/work has waited for 300\d\d\d ms/u);
    await primary.member.query("update workers set beat = now() - interval '1 hour'");
    await expect(look(workers)).rejects.toThrow('the last sign of life of a worker is 36');
  });

  it('do not wait for a server that is stopped, and go on with it afterwards', async () => {
    const pid = primary.pid()!;
    process.kill(pid, 'SIGSTOP');
    try {
      await expect(look(postgres(primary), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
      await expect(look(canary(primary), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await look(postgres(primary))).toEqual({});
  });

  it('fail with a server that is not there', async () => {
    await primary.kill();
    for (const probe of [postgres(primary), canary(primary), disk(primary, 1e12), sql(primary, 'select 1')])
      await expect(look(probe)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

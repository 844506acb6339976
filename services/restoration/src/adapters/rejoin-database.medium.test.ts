import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@novacron/bus';
import { PostgresMember } from '@novacron/drivers';
import { freePort, startPostgres, startStandbyOf, temporaryFolder, type TestPostgres } from '@novacron/drivers/testing';
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

interface Changed {
  readonly before?: RejoinMark;
  readonly home?: PostgresMember;
  readonly activeMember?: PostgresMember;
  /** What was noted, also where the rejoin fails. */
  readonly marks?: RejoinMark[];
}

function rejoin(
  old: TestPostgres,
  active: TestPostgres,
  { before, home = old.member, activeMember = active.member, marks = [] }: Changed = {},
): Promise<Rejoined & { marks: RejoinMark[] }> {
  if (before !== undefined) marks.push(before);
  const done = rejoinDatabase({
    home,
    active: activeMember,
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

/** PostgreSQL's programs, of which pg_rewind fails at its first run, after this line of shell. */
function programsFailingOnce(folder: string, binDir: string, line: string): string {
  for (const name of readdirSync(binDir).filter((each) => each !== 'pg_rewind'))
    symlinkSync(join(binDir, name), join(folder, name));
  const script = `#!/bin/sh
mkdir "${join(folder, 'ran')}" 2>&- || exec "${join(binDir, 'pg_rewind')}" "$@"
${line}
echo "pg_rewind: error: could not connect to server" >&2
exit 1
`;
  writeFileSync(join(folder, 'pg_rewind'), script, { mode: 0o755 });
  return folder;
}

describe('a database that comes home', () => {
  let servers: { old: TestPostgres; active: TestPostgres };
  let programs: ReturnType<typeof temporaryFolder>;

  beforeEach(async () => {
    programs = temporaryFolder('rejoin-programs');
    servers = await diverged();
  });
  afterEach(async () => {
    await Promise.all([servers.old.stop(), servers.active.stop()]);
    programs.remove();
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
    expect(marks).toEqual(['touched', 'rebuild']);
    expect(await sums()).toEqual([
      { rows: 1100, total: 705_550 },
      { rows: 1100, total: 705_550 },
    ]);
  });

  it('is copied anew when an earlier rewind was cut short, whatever its data look like', async () => {
    const { old, active } = servers;

    const { method, note } = await rejoin(old, active, { before: 'touched' });

    expect({ method, note }).toEqual({ method: 'rebuild', note: 'an earlier attempt was cut short' });
    expect((await sums())[0]).toEqual({ rows: 1100, total: 705_550 });
  });

  it('keeps its data while the active one does not answer, and is wound back when it does', async () => {
    const { old, active } = servers;
    const away = new PostgresMember({ ...active.member.options, port: await freePort() });
    const marks: RejoinMark[] = [];

    await expect(rejoin(old, active, { activeMember: away, marks })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
    });

    expect(marks).toEqual([]);
    expect(await rejoin(old, active, { marks })).toMatchObject({ method: 'rewind' });
  });

  it('keeps its data when the active one goes away during the dry run', async () => {
    const { old, active } = servers;
    const kill = `kill -QUIT $(head -n 1 "${join(active.dataDir, 'postmaster.pid')}")
while kill -0 $(head -n 1 "${join(active.dataDir, 'postmaster.pid')}" 2>&-) 2>&-; do :; done`;
    const binDir = programsFailingOnce(programs.path, old.binDir, kill);
    const home = new PostgresMember({ ...old.member.options, binDir });
    const marks: RejoinMark[] = [];

    await expect(rejoin(old, active, { home, marks })).rejects.toMatchObject({ code: 'UNREACHABLE' });

    expect(marks).toEqual([]);
    expect(existsSync(join(old.dataDir, 'PG_VERSION'))).toBe(true);
    await active.member.start();
    expect(await rejoin(old, active, { home, marks })).toMatchObject({ method: 'rewind' });
  });

  it('is wound back when a dry run fails once and the active one answers', async () => {
    const { old, active } = servers;
    const binDir = programsFailingOnce(programs.path, old.binDir, '');
    const home = new PostgresMember({ ...old.member.options, binDir });

    const { method, marks } = await rejoin(old, active, { home });

    expect({ method, marks }).toEqual({ method: 'rewind', marks: ['touched', 'rewind'] });
  });
});

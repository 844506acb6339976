import { opendirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../command/poll.js';
import { startPostgres, startStandbyOf, type TestPostgres } from '../testing/index.js';
import { forgetConfiguration, markRewind } from './data-directory.js';
import { compareLsn, defaultSegmentBytes } from './lsn.js';

/** One disaster from beginning to end on two and three real servers; each test goes on from where the last one stopped. */
describe('a primary, its standbys, and a failover', () => {
  let primary: TestPostgres;
  let secondary: TestPostgres;
  let dr: TestPostgres;
  const servers = () => [primary, secondary, dr].filter(Boolean);

  beforeAll(async () => {
    primary = await startPostgres({ name: 'primary' });
    [secondary, dr] = await Promise.all([
      startStandbyOf(primary, { name: 'secondary' }),
      startStandbyOf(primary, { name: 'dr' }),
    ]);
  });
  afterAll(() => Promise.all(servers().map((server) => server.stop())));

  it('tells role, timeline and positions of each in one statement', async () => {
    const [p, s] = await Promise.all([primary.member.status(), secondary.member.status()]);
    expect(p).toMatchObject({
      inRecovery: false,
      timeline: 1,
      walReceiverStatus: null,
      receiveLsn: null,
      lastReplayAt: null,
    });
    expect(p.position).toBe(p.currentLsn);
    expect(s).toMatchObject({
      inRecovery: true,
      timeline: 1,
      systemIdentifier: p.systemIdentifier,
      currentLsn: null,
      replayPaused: false,
      walReceiverStatus: 'streaming',
      receivesFrom: { host: '127.0.0.1', port: primary.port },
    });
    expect(p.version).toBeGreaterThanOrEqual(150_000);
  });

  it('shows no password in the settings or views of a standby', async () => {
    const [row] = await secondary.member.query<{ text: string }>(
      `select current_setting('primary_conninfo') || coalesce((select conninfo from pg_stat_wal_receiver), '') as text`,
    );
    expect(row?.text).toContain('passfile');
    expect(row?.text).not.toContain(primary.replication.password);
  });

  it('makes replication synchronous, and sees it in the links', async () => {
    await primary.member.setSynchronousStandbys(['secondary']);
    const link = await pollUntil(
      'synchronous link',
      async () => (await primary.member.replicationLinks()).find(({ syncState }) => syncState === 'sync'),
      { timeoutMs: 5_000 },
    );
    expect(link).toMatchObject({ applicationName: 'secondary', state: 'streaming', slot: 'secondary' });
    expect((await primary.member.status()).synchronousStandbyNames).toBe('FIRST 1 ("secondary")');
  });

  it('keeps the epoch of the newest operation, and refuses an older one', async () => {
    expect(await primary.member.readEpoch()).toBeUndefined();
    expect(await primary.member.writeEpoch(4, 'op-4')).toMatchObject({ epoch: 4, operationId: 'op-4' });
    expect(await primary.member.writeEpoch(4, 'op-4')).toMatchObject({ epoch: 4 });
    await expect(primary.member.writeEpoch(3, 'op-3')).rejects.toMatchObject({ code: 'STALE_TOKEN', retryable: false });
    await expect(primary.member.writeEpoch(4, 'another')).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    expect(await primary.member.readEpoch()).toMatchObject({ epoch: 4, operationId: 'op-4' });
  });

  it('beats, also from several places at once', async () => {
    expect(await primary.member.readHeartbeat()).toBeUndefined();
    const beats = await Promise.all([1, 2, 3].map(() => primary.member.heartbeat()));
    expect(beats.map(({ seq }) => seq).sort()).toEqual([1, 2, 3]);
    expect(beats[0]).toMatchObject({ epoch: 4 });
    expect(await secondary.member.readHeartbeat()).toMatchObject({ seq: 3 });
  });

  it('ends a WAL segment and names its file', async () => {
    await primary.member.query('create table switched as select 1 as n');
    const { lsn, walFile } = await primary.member.switchWal();
    expect(walFile).toMatch(/^0000000100000000[0-9A-F]{8}$/);
    expect(readFileSync(`${primary.dataDir}/pg_wal/${walFile}`).length).toBe(16 * 1024 * 1024);
    await dr.member.waitForReplay(lsn);
    expect(compareLsn((await dr.member.status()).replayLsn ?? '0/0', lsn)).toBeGreaterThanOrEqual(0);
  });

  it('cuts a receiver and puts it back as it was', async () => {
    const before = await dr.member.cutWalReceiver();
    expect(before.primaryConninfo).toContain("application_name='dr'");
    expect(await dr.member.status()).toMatchObject({ walReceiverStatus: null, receivesFrom: null, timeline: 1 });
    await dr.member.restoreWalReceiver(before);
    await pollUntil('stream', async () => (await dr.member.status()).walReceiverStatus === 'streaming' || undefined, {
      timeoutMs: 10_000,
    });
  });

  it('says at once that a killed server is not there', async () => {
    await primary.member.query('create table kept (n int)');
    await primary.member.query('insert into kept select generate_series(1, 100)');
    await primary.kill();
    await expect(primary.member.status()).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  it('promotes the standby with every acknowledged row, on the next timeline', async () => {
    await Promise.all([secondary.member.cutWalReceiver(), dr.member.cutWalReceiver()]);
    const promotion = await secondary.member.promote();
    expect(promotion).toMatchObject({ promoted: true, timeline: 2, previousTimeline: 1 });
    expect(promotion.durationMs).toBeLessThan(5_000);
    expect(await secondary.member.status()).toMatchObject({ inRecovery: false, timeline: 2 });
    expect(await secondary.member.timelineHistory()).toEqual([{ timeline: 1, switchLsn: promotion.switchLsn }]);
    expect(await secondary.member.promote()).toMatchObject({ promoted: false, timeline: 2 });
    expect(await secondary.member.query('select count(*)::int as n from kept')).toEqual([{ n: 100 }]);
    expect(await secondary.member.writeEpoch(5, 'op-5')).toMatchObject({ epoch: 5 });
    await secondary.member.checkpoint();
    expect(await secondary.member.controlData()).toMatchObject({
      timeline: 2,
      state: 'in production',
      walLogHints: true,
    });
  });

  it('points the other standby at the new primary', async () => {
    await secondary.member.createReplicationSlot('dr');
    expect(await secondary.member.createReplicationSlot('dr')).toMatchObject({ name: 'dr' });
    await dr.member.pointAt(secondary.source('dr'));
    const { position } = await secondary.member.status();
    await dr.member.waitForReplay(position ?? '0/0');
    expect(await dr.member.readEpoch()).toMatchObject({ epoch: 5 });
    expect(await dr.member.status()).toMatchObject({ timeline: 2, receivesFrom: { port: secondary.port } });
  });

  it('refuses to rewind a running server', async () => {
    const source = { access: secondary.member.options, replication: secondary.source('primary') };
    await expect(dr.member.rewindFrom(source)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED', retryable: false });
    await expect(dr.member.rebuildFrom({ ...source, password: dr.replication.password })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect((await dr.member.status()).inRecovery).toBe(true);
  });

  it('rewinds the old primary, with writes of its own and after a crash, into a standby', async () => {
    // A commit that nobody else saw: it is what a rewind must undo.
    await primary.member.start();
    await primary.member.setSynchronousStandbys([]);
    await primary.member.query('insert into kept values (999)');
    await primary.kill();
    expect(await primary.member.controlData()).toMatchObject({ state: 'in production', timeline: 1 });

    const [branch] = await secondary.member.timelineHistory();
    const madeReady = makeSegmentsReady(join(primary.dataDir, 'pg_wal'));
    const orphans = await primary.member.orphanedCommits(branch?.switchLsn ?? '');
    expect(orphans.length).toBeGreaterThanOrEqual(1);
    expect(Math.abs(Date.parse(orphans.at(-1)?.at ?? '') - Date.now())).toBeLessThan(60_000);
    const work = await primary.member.orphanedWork(branch?.switchLsn ?? '');
    const names = await secondary.member.relationNames(work.relations);
    expect(work.relations.find(({ filenode }) => names.get(filenode) === 'public.kept')).toMatchObject({
      ...{ inserted: 1, updated: 0, deleted: 0 },
    });
    await expect(primary.member.orphanedCommits('F/0')).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    // Where it would have written next: nothing can be read there, and that is not the same as nothing written.
    await expect(primary.member.orphanedCommits('0/8000028')).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    for (const path of madeReady) rmSync(path);

    const configuration = readFileSync(`${primary.dataDir}/postgresql.conf`, 'utf8');
    await secondary.member.createReplicationSlot('primary');
    const source = { access: secondary.member.options, replication: secondary.source('primary') };
    await markRewind(primary.dataDir);
    await expect(primary.member.rewindFrom(source)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await forgetConfiguration(primary.dataDir);
    const rewind = await primary.member.rewindFrom(source);
    expect(rewind).toMatchObject({ rewound: true, divergence: { timeline: 1 } });
    expect(readFileSync(`${primary.dataDir}/postgresql.conf`, 'utf8')).toBe(configuration);

    await primary.member.start();
    const { position } = await secondary.member.status();
    await primary.member.waitForReplay(position ?? '0/0');
    expect(await primary.member.status()).toMatchObject({ inRecovery: true, timeline: 2, synchronousStandbyNames: '' });
    expect(await primary.member.query('select count(*)::int as n from kept')).toEqual([{ n: 100 }]);
  });

  it('stops fast, and rebuilds a server from a base backup with its own configuration', async () => {
    expect(await primary.member.stopFast(10_000)).toBe('fast');
    expect(await primary.member.stopFast(10_000)).toBe('was-stopped');
    const configuration = readFileSync(`${primary.dataDir}/postgresql.conf`, 'utf8');
    await primary.member.rebuildFrom({
      access: secondary.member.options,
      replication: secondary.source('primary'),
      password: secondary.replication.password,
    });
    expect(readFileSync(`${primary.dataDir}/postgresql.conf`, 'utf8')).toBe(configuration);
    const status = await primary.member.start();
    expect(status).toMatchObject({ inRecovery: true, timeline: 2 });
    await pollUntil(
      'stream',
      async () => (await primary.member.status()).walReceiverStatus === 'streaming' || undefined,
      { timeoutMs: 10_000 },
    );
  });

  it('drops a slot once nobody reads it', async () => {
    await expect(secondary.member.dropReplicationSlot('primary')).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    await primary.member.stopFast(10_000);
    await pollUntil(
      'idle slot',
      async () =>
        (await secondary.member.replicationSlots()).some(({ name, active }) => name === 'primary' && !active) ||
        undefined,
      { timeoutMs: 10_000 },
    );
    expect(await secondary.member.dropReplicationSlot('primary')).toBe(true);
    expect(await secondary.member.dropReplicationSlot('primary')).toBe(false);
  });
});

/**
 * Segments that a server fills with zeros before it needs them, so many that whoever lists the folder meets one of them first.
 * Returns their paths.
 */
function makeSegmentsReady(walDir: string): string[] {
  const made: string[] = [];
  for (let number = 8; number < 200; number += 1) {
    const path = join(walDir, `00000001${number.toString(16).toUpperCase().padStart(16, '0')}`);
    writeFileSync(path, '');
    truncateSync(path, defaultSegmentBytes);
    made.push(path);
    if (made.includes(join(walDir, firstSegmentListed(walDir)))) return made;
  }
  throw new Error('the folder is listed in another order than expected');
}

function firstSegmentListed(walDir: string): string {
  const folder = opendirSync(walDir);
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync())
      if (/^[0-9A-F]{24}$/u.test(entry.name)) return entry.name;
    return '';
  } finally {
    folder.closeSync();
  }
}

import { createReadStream, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../command/poll.js';
import {
  freePort,
  handOver,
  ordinaryUser,
  startPostgres,
  temporaryFolder,
  type TestPostgres,
} from '../testing/index.js';
import type { BaseBackup } from './base-backup.js';
import { extractTar } from './extract.js';
import { parseLsn } from './lsn.js';
import { ReceiveWal } from './receive-wal.js';
import { type ScratchOptions, type ScratchServer, startScratch } from './scratch.js';

describe('base backup, WAL, and recovery to a point in time', () => {
  const folder = temporaryFolder('recovery');
  const spoolDir = join(folder.path, 'spool');
  const runAs = ordinaryUser();
  const messages: string[] = [];
  let server: TestPostgres;
  let wal: ReceiveWal;
  let backup: BaseBackup;
  let beforeDelete = '';

  beforeAll(async () => {
    server = await startPostgres({ name: 'source' });
    await server.member.query('create table orders (n int)');
    await server.member.query('insert into orders select generate_series(1, 1000)');
    mkdirSync(spoolDir);
    handOver(spoolDir);
    await server.member.createReplicationSlot('wal');
    wal = new ReceiveWal({
      host: '127.0.0.1',
      port: server.port,
      ...server.replication,
      slot: 'wal',
      spoolDir,
      binDir: server.binDir,
      ...(runAs && { runAs }),
      onMessage: (message) => messages.push(message),
    });
    wal.start();
  });
  afterAll(async () => {
    await wal?.stop();
    await server?.stop();
    folder.remove();
  });

  const waitForSpool = (lsn: string) =>
    pollUntil(
      'received WAL',
      async () =>
        (await server.member.replicationLinks()).some(
          ({ slot, flushLsn }) => slot === 'wal' && flushLsn !== null && parseLsn(flushLsn) >= parseLsn(lsn),
        ) || undefined,
      { timeoutMs: 15_000 },
    );

  async function unpack(name: string): Promise<string> {
    const dataDir = join(folder.path, name);
    mkdirSync(join(dataDir), { mode: 0o700 });
    handOver(dataDir);
    for (const file of backup.files.filter(({ name }) => name.includes('.tar'))) {
      const targetDir = file.name.startsWith('pg_wal') ? join(dataDir, 'pg_wal') : dataDir;
      await extractTar(file.name, createReadStream(file.path), { targetDir, ...(runAs && { runAs }) });
    }
    return dataDir;
  }

  async function recover(name: string, more: Partial<ScratchOptions>): Promise<ScratchServer> {
    return startScratch({
      dataDir: await unpack(name),
      port: await freePort(),
      binDir: server.binDir,
      ...server.admin,
      database: server.database,
      // The segment being received lies there under another name.
      restoreCommand: `test -f "${spoolDir}/%f" && cp "${spoolDir}/%f" "%p" || cp "${spoolDir}/%f.partial" "%p"`,
      timeoutMs: 30_000,
      ...(runAs && { runAs }),
      ...more,
    });
  }

  const rows = async (scratch: ScratchServer) =>
    (await scratch.member.query<{ n: number }>('select count(*)::int as n from orders'))[0]?.n;

  it('takes a base backup and tells its range', async () => {
    const progress: number[] = [];
    const targetDir = join(folder.path, 'backup');
    backup = await server.member.baseBackup({
      targetDir,
      replication: server.replication,
      ...(runAs && { runAs }),
      onProgress: ({ doneBytes, totalBytes }) => progress.push(doneBytes / totalBytes),
    });
    expect(backup.files.map(({ name }) => name)).toEqual(['backup_manifest', 'base.tar.zst', 'pg_wal.tar']);
    expect(backup).toMatchObject({ timeline: 1, systemIdentifier: (await server.member.status()).systemIdentifier });
    expect(parseLsn(backup.stopLsn)).toBeGreaterThan(parseLsn(backup.startLsn));
    expect(Date.parse(backup.completedAt)).toBeGreaterThan(Date.parse(backup.startedAt));
    expect(progress.at(-1)).toBeGreaterThan(0.5);
  });

  it('receives WAL as it is written, also after the server or the receiver was killed', async () => {
    await server.member.query('insert into orders select generate_series(1001, 2000)');
    const { position } = await server.member.status();
    await waitForSpool(position ?? '');
    process.kill(wal.pid ?? 0, 'SIGKILL');
    await pollUntil(
      'another receiver',
      async () => (messages.some((m) => m.includes('SIGKILL')) && wal.running) || undefined,
      {
        timeoutMs: 10_000,
      },
    );
    await server.kill();
    await server.member.start();
    await delay(20);
    beforeDelete = (await server.member.heartbeat()).at;
    await delay(20);
    await server.member.query('delete from orders where n > 500');
    await waitForSpool((await server.member.status()).position ?? '');
    expect(readdirSync(spoolDir).filter((name) => /^[0-9A-F]{24}(\.partial)?$/.test(name)).length).toBeGreaterThan(0);
    expect(messages.join('\n')).not.toContain(server.replication.password);
  });

  it('recovers to the moment before the delete', async () => {
    const scratch = await recover('to-time', { recoveryTargetTime: beforeDelete });
    expect(await rows(scratch)).toBe(2000);
    expect(Date.parse(scratch.recoveredTo.lastCommitAt ?? '')).toBeLessThanOrEqual(Date.parse(beforeDelete));
    const [settings] = await scratch.member.query(
      `select current_setting('archive_mode') as archive, current_setting('listen_addresses') as listen, current_setting('unix_socket_directories') as socket`,
    );
    expect(settings).toEqual({ archive: 'off', listen: '127.0.0.1', socket: '' });
    await scratch.member.query('insert into orders values (1)');
    await scratch.stop();
    expect((await server.member.query('select count(*)::int as n from orders'))[0]).toEqual({ n: 500 });
  });

  it('recovers all there is', async () => {
    const scratch = await recover('to-end', {});
    expect(await rows(scratch)).toBe(500);
    expect(await scratch.member.status()).toMatchObject({ inRecovery: false, timeline: 2 });
    await scratch.stop();
    await expect(scratch.member.status()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('stops for a look when asked to', async () => {
    const scratch = await recover('paused', { recoveryTargetTime: beforeDelete, action: 'pause' });
    expect(await scratch.member.status()).toMatchObject({ inRecovery: true, replayPaused: true });
    expect(await rows(scratch)).toBe(2000);
    await scratch.stop();
  });

  it('refuses a time that the WAL does not reach', async () => {
    const recovering = recover('too-late', { recoveryTargetTime: '2099-01-01T00:00:00Z' });
    await expect(recovering).rejects.toMatchObject({ code: 'OUTSIDE_RECOVERY_WINDOW', retryable: false });
  });

  it('shows why the recovering server gave up', async () => {
    const recovering = recover('broken', { settings: { shared_buffers: 'nonsense' } });
    await expect(recovering).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      details: [{ path: 'postgres', problem: expect.stringContaining('shared_buffers') as string }],
    });
  });

  it('notices an archive that is cut off or damaged', async () => {
    const base = backup.files.find(({ name }) => name.startsWith('base'));
    if (!base) throw new Error('no base archive');
    const into = join(folder.path, 'partial');
    mkdirSync(into);
    handOver(into);
    const to = { targetDir: into, ...(runAs && { runAs }) };
    const cut = createReadStream(base.path, { end: base.sizeBytes - 1_000 });
    await expect(extractTar(base.name, cut, to)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    await expect(extractTar('base.tar', Readable.from([Buffer.from('no archive at all')]), to)).rejects.toMatchObject({
      code: 'CORRUPT_OBJECT',
    });
    await expect(extractTar('base.tar', Readable.from([]), to)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });
});

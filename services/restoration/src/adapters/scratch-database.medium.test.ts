import { cpSync, createReadStream, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BaseBackup, extractTar, formatLsn, parseLsn, runningPostmaster } from '@novacron/drivers';
import { ordinaryUser, startPostgres, temporaryFolder, type TestPostgres } from '@novacron/drivers/testing';
import type { RestorePoint } from '../domain/restore-point.js';
import { recoverDatabase, scratchMember, stopDatabase } from './scratch-database.js';
import { ScratchPlace } from './scratch-place.js';

const isSegment = (name: string): boolean => /^[0-9A-F]{24}$/u.test(name);

describe('a database that is recovered aside', () => {
  const folder = temporaryFolder('scratch-database');
  const runAs = ordinaryUser();
  const used: ScratchPlace[] = [];
  let server: TestPostgres;
  let backup: BaseBackup;
  let wal: string;
  let untilLsn: string;
  let afterTheLastCommit: string;

  beforeAll(async () => {
    server = await startPostgres({ name: 'source' });
    const { member } = server;
    await member.query('create table ledger (id int primary key)');
    const targetDir = join(folder.path, 'backup');
    backup = await member.baseBackup({ targetDir, replication: server.replication, ...(runAs && { runAs }) });
    for (const from of [1, 101, 201, 301]) {
      if (from > 1) await member.switchWal();
      await member.query('insert into ledger select i from generate_series($1::int, $1::int + 99) i', [from]);
    }
    const { position } = await member.status();
    untilLsn = position ?? '';
    const [row] = await member.query<{ now: Date }>('select clock_timestamp() as now');
    afterTheLastCommit = row?.now.toISOString() ?? '';
    wal = join(folder.path, 'wal');
    cpSync(join(server.dataDir, 'pg_wal'), wal, { recursive: true });
  }, 90_000);
  afterAll(async () => {
    for (const place of used) await stopDatabase(place, AbortSignal.timeout(20_000));
    await server?.stop();
    folder.remove();
  });

  /** The backup unpacked, and the WAL after it as a restore fetches it, named from the oldest on: each holds an insert. */
  async function prepared(name: string): Promise<{ place: ScratchPlace; segments: string[] }> {
    const place = new ScratchPlace(join(folder.path, 'restores'), name, runAs);
    used.push(place);
    await place.empty(place.dataDir);
    await place.empty(place.walDir);
    for (const { name: file, path } of backup.files.filter((one) => one.name.includes('.tar'))) {
      const targetDir = file.startsWith('pg_wal') ? join(place.dataDir, 'pg_wal') : place.dataDir;
      await extractTar(file, createReadStream(path), { targetDir, ...(runAs && { runAs }) });
    }
    const first = readdirSync(join(place.dataDir, 'pg_wal')).filter(isSegment).sort().at(-1) ?? '';
    const last = Number(parseLsn(untilLsn) >> 24n);
    const segments = readdirSync(wal)
      .filter((each) => isSegment(each) && each >= first && Number.parseInt(each.slice(16), 16) <= last)
      .sort();
    for (const each of segments) cpSync(join(wal, each), join(place.walDir, each));
    await place.handOver(place.walDir);
    return { place, segments };
  }

  function recovered(place: ScratchPlace, more: Partial<RestorePoint>): ReturnType<typeof recoverDatabase> {
    const point = { store: 'near', backupId: 'b', timeline: 1, untilLsn, ...more };
    const login = { ...server.admin, database: server.database };
    return recoverDatabase(place, point, login, { signal: AbortSignal.timeout(60_000), timeoutMs: 60_000 });
  }

  const rows = async (port: number): Promise<unknown> => {
    const member = scratchMember(port, { ...server.admin, database: server.database });
    return (await member.query('select count(*)::int as rows from ledger'))[0]?.['rows'];
  };

  it('has everything where nobody committed after the moment', async () => {
    const { place } = await prepared('whole');
    const { port, recoveredLsn } = await recovered(place, { targetTime: afterTheLastCommit });
    expect(await rows(port)).toBe(400);
    expect(parseLsn(recoveredLsn)).toBeGreaterThanOrEqual(parseLsn(untilLsn));
  });

  it.each([
    ['a moment', 'moment', true],
    ['the end of the archive', 'end', false],
  ])('is refused on its way to %s where a WAL file is gone', async (_, name, toMoment) => {
    const { place, segments } = await prepared(`gone-${name}`);
    const gone = segments.at(-2) ?? '';
    rmSync(join(place.walDir, gone));
    const ended = formatLsn(BigInt(Number.parseInt(gone.slice(16), 16)) << 24n);
    const what = toMoment ? afterTheLastCommit : 'the end of the archive';

    await expect(recovered(place, toMoment ? { targetTime: afterTheLastCommit } : {})).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      message: `recovery to ${what} ended at ${ended}, and was to reach ${untilLsn}: the WAL file that goes on there is missing`,
      retryable: false,
    });
    expect(runningPostmaster(place.dataDir)).toBeUndefined();
  });

  it('is refused where WAL has a hole of zeros', async () => {
    const { place, segments } = await prepared('hole');
    const path = join(place.walDir, segments.at(-2) ?? '');
    writeFileSync(path, readFileSync(path).fill(0, 0, 8_192));

    await expect(recovered(place, { targetTime: afterTheLastCommit })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining('what is archived there is no record') as string,
    });
  });

  it('is accepted where the archive ends within a record', async () => {
    const { place, segments } = await prepared('cut');
    const cut = segments.at(-2) ?? '';
    const path = join(place.walDir, cut);
    // Of the segment's first record, all but the bytes after its header.
    const kept = 40 + 24 + 4;
    writeFileSync(path, readFileSync(path).fill(0, kept));
    rmSync(join(place.walDir, segments.at(-1) ?? ''));
    const start = BigInt(Number.parseInt(cut.slice(16), 16)) << 24n;

    const { port } = await recovered(place, {
      untilLsn: formatLsn(start + BigInt(kept)),
      targetTime: afterTheLastCommit,
    });
    expect(await rows(port)).toBe(200);
  });
});

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Restore } from '@novacron/contracts';
import { handOver } from '@novacron/drivers/testing';
import type { BackupManifest } from '@novacron/repository';
import { RestoreWorld } from './testing/restore-world.js';

describe('a restore of a server with tablespaces', () => {
  let world: RestoreWorld;
  let manifest: BackupManifest;
  let beforeLater: string;

  /** A folder of the live server for a tablespace, with a space and a backslash in its name. */
  const placeFor = async (name: string): Promise<string> => {
    const place = join(world.folder.path, `${name} \\disc`);
    mkdirSync(place, { mode: 0o700 });
    handOver(place);
    await world.postgres.member.query(`create tablespace ${name} location '${place}'`);
    return place;
  };

  beforeAll(async () => {
    world = await RestoreWorld.start();
    const { member } = world.postgres;
    for (const name of ['fast', 'slow']) {
      await placeFor(name);
      await member.query(`create table of_${name} (n int) tablespace ${name}`);
      await member.query(`insert into of_${name} select generate_series(1, 1000)`);
    }
    manifest = await world.backup();
    await member.query('delete from of_fast');
    beforeLater = await world.now();
    // Its commit ends a recovery to the moment before.
    await member.query('insert into of_slow values (1001)');
    await placeFor('later');
    await world.archive(manifest.components[0]?.systemId ?? '');
  }, 90_000);
  afterAll(() => world.stop());

  const query = `select (select count(*)::int from of_fast) as fast, (select count(*)::int from of_slow) as slow,
    array(select pg_tablespace_location(oid) from pg_tablespace where spcname in ('fast', 'slow') order by spcname) as places`;
  const placesIn = ({ rows }: Record<string, unknown>): string[] => (rows as { places: string[] }[])[0]?.places ?? [];

  it('brings each of them beside the data, wherever it was, and touches none that is in use', async () => {
    expect(manifest.components[0]?.tablespaces?.map(({ name }) => name)).toEqual(['fast', 'slow']);
    const { report } = await world.restore({ component: 'novacron', backupId: manifest.backupId, query });
    expect(report).toMatchObject({ state: 'completed', structure: 'clean', rows: [{ fast: 1000, slow: 1000 }] });
    const beside = join(world.scratchFolder, String(report['operationId']), 'tablespaces');
    expect(placesIn(report).map((place) => place.startsWith(`${beside}/`))).toEqual([true, true]);
    const [live] = await world.postgres.member.query('select count(*)::int as rows from of_fast');
    expect(live).toEqual({ rows: 0 });
  });

  it('brings one where it was told to, and leaves nothing there', async () => {
    const path = join(world.folder.path, 'of my own');
    const tablespaces = [{ tablespace: 'fast', path }];
    const { report } = await world.restore({
      ...{ component: 'novacron', backupId: manifest.backupId, targetTime: beforeLater, query, tablespaces },
    });
    expect(report).toMatchObject({ state: 'completed', structure: 'clean', rows: [{ fast: 0, slow: 1000 }] });
    expect(placesIn(report)[0]).toBe(path);
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a folder that is not empty, and a tablespace that is not there, before anything starts', async () => {
    const path = join(world.folder.path, 'in use');
    mkdirSync(path);
    writeFileSync(join(path, 'PG_VERSION'), '15');
    const asked = (tablespace: string) =>
      world.bus.request(new Restore({ component: 'novacron', tablespaces: [{ tablespace, path }] }), {
        timeoutMs: 10_000,
      });
    await expect(asked('fast')).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      details: [{ path, problem: 'is not empty' }],
    });
    await expect(asked('none')).rejects.toMatchObject({ code: 'INVALID_MESSAGE', hint: 'it has fast, slow' });
    expect(readdirSync(path)).toEqual(['PG_VERSION']);
  });

  it('does not replay a tablespace that was made later into the folder of the live server', async () => {
    const { member } = world.postgres;
    await member.query('create table of_later (n int) tablespace later');
    await member.query('insert into of_later values (1)');
    const { report } = await world.restore({ component: 'novacron', query });
    expect(report).toMatchObject({
      state: 'rolled-back',
      reason: expect.stringContaining('a tablespace was made after the backup') as string,
    });
    const [live] = await member.query('select count(*)::int as rows from of_later');
    expect(live).toEqual({ rows: 1 });
  });
});

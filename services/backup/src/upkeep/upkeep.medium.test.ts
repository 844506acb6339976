import 'reflect-metadata';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import {
  type Accepted,
  BackupList,
  type Plan,
  PruneBackups,
  QueryBackupList,
  RunBackup,
  VerifyBackup,
} from '@novacron/contracts';
import { parseLsn, type Repository } from '@novacron/repository';
import type { SeenEvent } from '../testing/events-seen.js';
import { BackupWorld } from '../testing/backup-world.js';

describe('care for what is stored', () => {
  let world: BackupWorld;
  let backupId: string;
  let refuted: string;

  beforeAll(async () => {
    world = await BackupWorld.start({
      retention: 'retention: { keepFor: 1ms, minimumVerified: 1 }\n  catchUpEvery: 500ms',
    });
    await world.postgres.member.query('create table orders as select generate_series(1, 3000) as n');
    backupId = await world.backup();
  }, 60_000);

  afterAll(async () => world?.stop());

  const told = async (name: string, store: string, after = 0): Promise<SeenEvent['data']> => {
    const found = await eventually(
      () =>
        world.events
          .named(name)
          .slice(after)
          .find(({ data }) => data['store'] === store),
      { timeoutMs: 60_000, what: `${name} of ${store}` },
    );
    return found.data;
  };

  it('reads both stores back, and has PostgreSQL look at what the databases unpack to', async () => {
    await world.bus.request<Accepted>(new VerifyBackup({ structure: true }));
    for (const store of ['primary', 'dr']) {
      const report = await told('repository-verified', store);
      expect(report).toMatchObject({ good: true, problems: [], backups: 1, objects: 4, skipped: 0 });
      expect(report['walObjects']).toBeGreaterThan(0);
    }
    expect(readdirSync(join(world.estate.spool, 'structure'))).toEqual([]);
    await world.bus.request<Accepted>(new VerifyBackup({ backupId, structure: true }));
    await eventually(
      () => world.events.named('backup-verified').filter(({ data }) => data['store'] === 'dr').length >= 1,
    );
  });

  it('finds every single stored object that is flipped in one bit, cut off or removed, and names it', async () => {
    await world.stopService();
    const { repository, estate } = world;
    const system = (await world.postgres.member.status()).systemIdentifier;
    await repository.replicateWal(system, { from: 'primary', to: 'dr' });
    await repository.replicateWal(system, { from: 'dr', to: 'primary' });
    const folder = estate.storeFolder('primary');
    const [database] = (await repository.catalog('primary').read(backupId)).components;
    const first = parseLsn(database?.startLsn ?? '0/0');
    const needed = (key: string): boolean => {
      const chunk = /^wal\/\d+\/[0-9A-F]{8}\/[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})\/[0-9A-F]{8}-([0-9A-F]{8})/u.exec(
        key,
      );
      if (chunk === null) return true;
      const [, high = '0', low = '0', end = '0'] = chunk;
      return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`) * 0x100_0000n + BigInt(`0x${end}`) > first;
    };
    const keys = filesIn(folder).filter(needed);
    expect(keys.length).toBeGreaterThan(8);
    const chosen = keys.filter((key) => !key.startsWith('wal/'));
    // Without the newest mark of a backup is known what was known before it: nothing is lost, and nothing is missed.
    const newestMark = keys
      .filter((key) => /-\d{8}T[\d.]+Z\.json$/u.test(key))
      .toSorted(byTime)
      .at(-1);
    for (const key of chosen) {
      const path = join(folder, key);
      const whole = readFileSync(path);
      const flipped = withOneBitFlipped(whole);
      for (const [what, damage] of [
        ['flipped', () => writeFileSync(path, flipped)],
        ['cut off', () => writeFileSync(path, whole.subarray(0, whole.length - 1))],
        ['removed', () => rmSync(path)],
      ] as const) {
        if (key === newestMark && what === 'removed') continue;
        damage();
        const { problems } = await repository.verifyStore('primary', { beside: ['dr'] });
        expect([key, what, problems.some((problem) => names(problem.path, key))]).toEqual([key, what, true]);
        writeFileSync(path, whole);
      }
    }
    // Of WAL there is much: all of it at once, each piece named.
    const chunks = keys.filter((key) => key.startsWith('wal/'));
    const whole = new Map(chunks.map((key) => [key, readFileSync(join(folder, key))]));
    for (const [what, damage] of [
      ['flipped', (path: string, bytes: Buffer) => writeFileSync(path, withOneBitFlipped(bytes))],
      ['cut off', (path: string, bytes: Buffer) => writeFileSync(path, bytes.subarray(0, bytes.length - 1))],
      ['removed', (path: string) => rmSync(path)],
    ] as const) {
      for (const [key, bytes] of whole) damage(join(folder, key), bytes);
      const { problems } = await repository.verifyStore('primary', { beside: ['dr'] });
      const unnamed = chunks.filter((key) => !problems.some(({ path }) => names(path, key)));
      expect([what, unnamed]).toEqual([what, []]);
      for (const [key, bytes] of whole) writeFileSync(join(folder, key), bytes);
    }
    expect((await repository.verifyStore('primary', { beside: ['dr'] })).problems).toEqual([]);
    await world.startService();
  }, 180_000);

  it('tells of damage that it finds, and which backup has it', async () => {
    const second = await world.backup();
    refuted = second;
    const path = join(world.estate.storeFolder('dr'), 'backups', second, 'sessions', 'dump.rdb');
    const whole = readFileSync(path);
    writeFileSync(
      path,
      Buffer.concat([whole.subarray(0, 200), Buffer.from([(whole[200] ?? 0) ^ 4]), whole.subarray(201)]),
    );
    const before = world.events.named('repository-verified').length;
    await world.bus.request<Accepted>(new VerifyBackup({ store: 'dr' }));
    const report = await told('repository-verified', 'dr', before);
    expect(report).toMatchObject({ good: false, problemCount: 1 });
    expect(report['problems']).toEqual([
      { path: `backups/${second}/sessions/dump.rdb`, problem: expect.stringContaining('damaged') as string },
    ]);
    const failed = await eventually(() =>
      world.events.named('backup-failed').find(({ data }) => data['backupId'] === second),
    );
    expect(failed.data).toMatchObject({ code: 'CORRUPT_OBJECT', step: 'verify' });
    writeFileSync(path, whole);
  });

  it('shows what retention would remove, and removes that and no more', async () => {
    const third = await world.backup();
    const plan = await world.bus.request<Plan>(new PruneBackups({ dryRun: true, store: 'primary' }));
    expect(plan.steps[0]?.changes).toContain(`remove ${backupId}: is older than policy asks for`);
    const { operationId } = await world.bus.request<Accepted>(new PruneBackups({}));
    expect(operationId).toMatch(/^prune-/u);
    const [near, far] = [await told('backups-pruned', 'primary'), await told('backups-pruned', 'dr')];
    expect(near['kept']).toContain(third);
    expect(near['expired']).toContain(backupId);
    // There the second one was found damaged: the first, which is whole, is worth more than it.
    expect(far['kept']).toContain(backupId);
    expect(far['expired']).toEqual([refuted]);
    const { backups } = await world.bus.request<BackupList>(new QueryBackupList({ store: 'primary' }));
    expect(backups.map((backup) => backup.backupId)).toContain(third);
    expect(backups.map((backup) => backup.backupId)).not.toContain(backupId);
    expect(readdirSync(join(world.estate.storeFolder('primary'), 'backups', backupId))).toEqual([
      expect.stringMatching(/^expired-/u),
    ]);
    const { problems } = await world.repository.verifyStore('primary', {});
    expect(problems).toEqual([]);
    const { windows } = await world.repository.recoveryWindows('primary');
    expect(windows.map((window) => window.backupId)).toContain(third);
  });

  it('makes the copy up that a store missed while it was away', async () => {
    const far = world.estate.storeFolder('dr');
    renameSync(far, `${far}.away`);
    writeFileSync(far, 'not a folder');
    const { operationId } = await world.bus.request<Accepted>(new RunBackup({ reason: 'the DR store is away' }));
    await world.events.ofBackup('backup-verified', operationId);
    await eventually(() => !readdirSync(world.estate.spool).includes(operationId), {
      timeoutMs: 60_000,
      what: 'its end',
    });
    expect(world.events.named('backup-failed').filter(({ data }) => data['backupId'] === operationId)).toEqual([]);
    expect(world.events.named('backup-replicated').some(({ data }) => data['backupId'] === operationId)).toBe(false);
    rmSync(far);
    renameSync(`${far}.away`, far);
    const copied = await world.events.ofBackup('backup-replicated', operationId, 60_000);
    expect(copied).toMatchObject({ fromStore: 'primary', toStore: 'dr' });
    expect(await world.repository.verify('dr', operationId)).toMatchObject({ good: true });
  }, 150_000);

  it('lets a new key take over what the old one sealed, and refuses one that does not fit', async () => {
    const { estate, repository, bus, events } = world;
    const key = (id: string, file: string): string => `- { id: ${id}, key: { file: secrets/${file} } }`;
    const original = readFileSync(estate.file, 'utf8');
    const restartWith = async (keys: readonly string[]): Promise<void> => {
      await world.stopService();
      const text = original.replace('current: lab-1', 'current: lab-2');
      writeFileSync(estate.file, text.replace(key('lab-1', 'repository-key'), keys.join('\n      ')));
      await world.startService();
    };
    writeFileSync(join(estate.folder, 'secrets/second-key'), 'cd'.repeat(32), { mode: 0o600 });
    writeFileSync(join(estate.folder, 'secrets/wrong-key'), 'ef'.repeat(32), { mode: 0o600 });
    const sealed = await keysOf(repository, 'primary', 'backups/');

    await restartWith([key('lab-1', 'repository-key'), key('lab-2', 'second-key')]);
    for (const store of ['primary', 'dr']) {
      const path = join(estate.storeFolder(store as 'primary' | 'dr'), 'keys/lab-1/under/lab-2');
      await eventually(() => existsSync(path), { timeoutMs: 30_000, what: `the key in ${store}` });
    }
    await restartWith([key('lab-2', 'second-key')]);
    expect(await keysOf(repository, 'primary', 'backups/')).toEqual(sealed);
    const before = events.named('repository-verified').length;
    await bus.request<Accepted>(new VerifyBackup({ store: 'primary' }));
    expect(await told('repository-verified', 'primary', before)).toMatchObject({ good: true, problems: [] });
    const { operationId } = await bus.request<Accepted>(new RunBackup({ reason: 'sealed anew' }));
    await events.ofBackup('backup-verified', operationId);

    await restartWith([key('lab-2', 'wrong-key')]);
    await expect(bus.request(new RunBackup({}))).rejects.toMatchObject({
      code: 'WRONG_KEY',
      hint: expect.stringContaining('give the former secret of lab-2 back') as string,
    });
  }, 120_000);

  it('refuses a sample of nothing, an unknown store, and a sample of one backup', async () => {
    await expect(world.bus.request(new VerifyBackup({ sample: 0 }))).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    await expect(world.bus.request(new PruneBackups({ store: 'attic' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'the stores are primary, dr',
    });
    await expect(world.bus.request(new VerifyBackup({ backupId, sample: 0.5 }))).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
    });
  });
});

async function keysOf(repository: Repository, store: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of repository.store(store).list(prefix)) if (!key.includes('verified-')) keys.push(key);
  return keys;
}

/** A report names an object by its key, or by the place that it was taken from. */
function names(path: string, key: string): boolean {
  if (path === key || key.startsWith(path.endsWith('/') ? path : `${path}/`)) return true;
  return path.startsWith('backup-') && key.startsWith(`backups/${path}/`);
}

function byTime(a: string, b: string): number {
  return a.slice(a.lastIndexOf('-')).localeCompare(b.slice(b.lastIndexOf('-')));
}

function withOneBitFlipped(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const bit = Math.floor(Math.random() * bytes.length * 8);
  flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return flipped;
}

function filesIn(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix)).flatMap((name) => {
    const key = prefix === '' ? name : `${prefix}/${name}`;
    if (key === '.incoming') return [];
    return statSync(join(folder, key)).isDirectory() ? filesIn(folder, key) : [key];
  });
}

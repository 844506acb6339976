import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import { type Accepted, VerifyBackup } from '@novacron/contracts';
import { BackupWorld } from './testing/backup-world.js';

describe('how far a backup is', () => {
  let world: BackupWorld;

  beforeAll(async () => {
    // So slow that each step takes longer than progress is told apart, whatever the machine.
    world = await BackupWorld.start({
      backup: '  maxRate: 1M\n',
      stores: [
        '    - { name: primary, role: primary, kind: file, path: stores/primary, maxBytesPerSecond: 1500000 }\n',
        '    - { name: dr, role: replica, kind: file, path: stores/dr }\n',
      ].join(''),
    });
    await world.postgres.member.query('create table orders as select gen_random_uuid() from generate_series(1, 40000)');
  }, 120_000);
  afterAll(() => world?.stop());

  /** What was told of a step: bytes, a rate, and an estimate of the rest. */
  const told = (backupId: string, step: string) =>
    world.events
      .named('backup-progressed')
      .map(({ data }) => data)
      .filter((data) => data['backupId'] === backupId && data['step'] === step && Number(data['doneBytes']) > 0);
  const expectTold = async (backupId: string, step: string): Promise<void> => {
    const progress = await eventually(() => told(backupId, step)[0], { what: `progress of ${step}` });
    const [done, total, rate] = ['doneBytes', 'totalBytes', 'bytesPerSecond'].map((name) => Number(progress[name]));
    expect(total).toBeGreaterThanOrEqual(done ?? 0);
    expect(rate).toBeGreaterThan(0);
    expect(progress['remainingMs']).toBeGreaterThanOrEqual(0);
  };

  /** Also in the middle of objects, of which a backup may have a single large one: not only of what is whole. */
  const expectWithin = async (backupId: string, step: string): Promise<void> => {
    const { components } = await world.repository.catalog('primary').read(backupId);
    const sizes = components.flatMap(({ objects }) => objects.map(({ sizeBytes }) => sizeBytes));
    const sums = sizes.reduce((all, size) => [...all, ...all.map((sum) => sum + size)], [0]);
    const counts = step === 'replicate' ? sums.flatMap((sum) => [sum, Math.floor(sum / 2)]) : sums;
    expect(told(backupId, step).filter(({ doneBytes }) => !counts.includes(Number(doneBytes)))).not.toEqual([]);
  };

  it('is told on the bus while it is read, verified and copied, by itself and as one of a store', async () => {
    const backupId = await world.run({});
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
    for (const step of ['base-backup', 'verify', 'replicate']) await expectTold(backupId, step);
    for (const step of ['verify', 'replicate']) await expectWithin(backupId, step);
    await world.bus.request<Accepted>(new VerifyBackup({ store: 'primary' }));
    await eventually(() => world.events.named('repository-verified')[0], { what: 'the store', timeoutMs: 60_000 });
    await expectTold(backupId, 'read-back');
  }, 200_000);

  it('is told of dumps', async () => {
    const { member } = world.postgres;
    // A dump waits for this lock, and its first word comes only after progress is due.
    const holding = member.query('begin; lock table orders in access exclusive mode; select pg_sleep(4); commit');
    const backupId = await world.run({ form: 'logical' });
    await holding;
    await world.events.ofBackup('backup-replicated', backupId, 120_000);
    await expectTold(backupId, 'logical-dump');
  }, 200_000);
});

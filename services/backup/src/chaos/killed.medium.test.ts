import 'reflect-metadata';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { type Accepted, DrillBackup, RunBackup } from '@novacron/contracts';
import { parseLsn } from '@novacron/repository';
import { BackupWorld } from '../testing/backup-world.js';
import { begunAndKilled, stepsToDieAt } from '../testing/killed-at-steps.js';
import { RestorationBeside } from '../testing/restoration-beside.js';
import { storedOnce, wholeAndOnce } from '../testing/stored-once.js';

const upload = ['seal-and-upload', 'commit', 'verify', 'replicate', 'clean-spool'];

describe('a service that is killed at every step', () => {
  let world: BackupWorld;
  let full: string;

  beforeAll(async () => {
    world = await BackupWorld.start({ as: 'process' });
    await world.postgres.member.query('create table orders as select generate_series(1, 20000) as n');
  }, 120_000);
  afterAll(() => world?.stop());

  const asked = (request: RunBackup) => async (): Promise<string> =>
    (await eventually(() => world.bus.request<Accepted>(request, { timeoutMs: 20_000 }), { timeoutMs: 60_000 }))
      .operationId;

  it('ends a full backup as if it had not been, and the WAL archive has no gap', async () => {
    const steps = ['prepare-spool', 'base-backup', 'redis-dump', 'wait-for-wal', ...upload];
    const { operationId, killedAt } = await begunAndKilled(world, steps, asked(new RunBackup({ reason: 'test' })));
    full = operationId;
    await world.events.ofBackup('backup-replicated', full, 200_000);
    expect(killedAt.size).toBeGreaterThanOrEqual(8);
    expect(await storedOnce(world, full)).toEqual(wholeAndOnce(4));

    const { member } = world.postgres;
    const [database] = (await world.repository.catalog('dr').read(full)).components;
    const { systemIdentifier, position } = await member.status();
    await eventually(
      async () => {
        const archive = world.repository.wal('dr', systemIdentifier);
        const reach = await archive.contiguousUntil(1, parseLsn(database?.startLsn ?? '0/0'));
        expect(reach.gap).toBeUndefined();
        return reach.until >= parseLsn(position ?? '0/0');
      },
      { timeoutMs: 20_000 },
    );
    // The last one may have died with the service a moment ago.
    const receivers = await eventually(async () => {
      const links = await member.replicationLinks();
      const found = links.filter(({ slot }) => slot === 'dr_archive');
      return found.length > 0 ? found : undefined;
    });
    expect(receivers).toHaveLength(1);
  }, 260_000);

  it('ends an incremental backup as if it had not been', async () => {
    await world.postgres.member.query('insert into orders values (0)');
    const steps = stepsToDieAt(['prepare-spool', 'find-changes', 'copy-changes', 'wait-for-wal', ...upload]);
    const incremental = new RunBackup({ kind: 'incremental', components: ['novacron'] });
    const { operationId, killedAt } = await begunAndKilled(world, steps, asked(incremental));
    await world.events.ofBackup('backup-replicated', operationId, 200_000);
    await eventually(() => killedAt.size === steps.length, { what: `deaths at ${steps.join(', ')}` });
    expect(await storedOnce(world, operationId)).toEqual(wholeAndOnce(1));
    expect(world.events.named('backup-completed').at(-1)?.data).toMatchObject({ parentBackupId: full });
  }, 260_000);

  it('ends a dump of every database as if it had not been', async () => {
    const steps = stepsToDieAt(['prepare-spool', 'logical-dump', ...upload]);
    const dump = new RunBackup({ form: 'logical', components: ['novacron'] });
    const { operationId, killedAt } = await begunAndKilled(world, steps, asked(dump));
    await world.events.ofBackup('backup-replicated', operationId, 200_000);
    await eventually(() => killedAt.size === steps.length, { what: `deaths at ${steps.join(', ')}` });
    expect(await storedOnce(world, operationId)).toEqual(wholeAndOnce(4));
  }, 260_000);

  it('proves a restore in a drill as if it had not been, and leaves nothing of it', async () => {
    const restoration = new RestorationBeside(world);
    try {
      const steps = stepsToDieAt(['note-heartbeat', 'restore-aside', 'compare']);
      const drill = async (): Promise<string> => {
        const request = new DrillBackup({ component: 'novacron' });
        return (await eventually(() => world.bus.request<Accepted>(request, { timeoutMs: 20_000 }))).operationId;
      };
      const { operationId, killedAt } = await begunAndKilled(world, steps, drill);
      const proof = await eventually(() => world.events.named('backup-drilled')[0], {
        what: 'the proof',
        timeoutMs: 180_000,
      });
      expect([...killedAt]).toEqual(steps);
      expect(proof.data).toMatchObject({ backupId: full, component: 'novacron' });
      const marksOfIt = async (): Promise<string[]> => {
        const { marks } = await world.repository.catalog('primary').show(full);
        return marks.flatMap((mark) => (mark.operationId === operationId ? [mark.mark] : []));
      };
      expect(new Set(await marksOfIt())).toEqual(new Set(['drilled']));
      const scratch = join(world.estate.folder, 'services/restoration');
      await eventually(() => !existsSync(scratch) || readdirSync(scratch).length === 0, {
        what: 'nothing of the drill is left',
        timeoutMs: 60_000,
      });
      expect(world.events.named('backup-failed')).toEqual([]);
      expect(world.events.named('backup-drilled')).toHaveLength(1);
      expect(world.events.named('recovery-started')).toHaveLength(1);
    } finally {
      await restoration.stop();
    }
  }, 260_000);
});

import 'reflect-metadata';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@novacron/bus/testing';
import { type Accepted, RunBackup } from '@novacron/contracts';
import { BackupWorld } from '../testing/backup-world.js';
import { stepsToDieAt } from '../testing/killed-at-steps.js';
import { storedOnce, wholeAndOnce } from '../testing/stored-once.js';
import type { SupervisedService } from '../testing/supervised-service.js';

type Store = Parameters<BackupWorld['estate']['storeFolder']>[0];

interface Seen {
  readonly kind: string;
  readonly by: string;
  readonly operationId: string;
  readonly step?: string;
  readonly steps?: readonly { readonly name: string }[];
}

describe('two processes and one backup', () => {
  let world: BackupWorld;
  let services: readonly SupervisedService[];
  const records: Seen[] = [];

  beforeAll(async () => {
    // Slow enough that a copy can be met in its middle.
    world = await BackupWorld.start({ as: 'process', backup: '  maxRate: 16M\n' });
    services = [world.process, world.startProcess({ instance: 'two' })];
    world.bus.connection.subscribe('dr.novacron.operation.*', {
      callback: (_error, message) => void records.push(message.json<Seen>()),
    });
    await world.postgres.member.query('create table orders as select generate_series(1, 20000) as n');
  }, 120_000);
  afterAll(() => world?.stop());

  /** File and time of every object of a backup in one store, by its path. */
  const objectsOf = (backupId: string, store: Store): Map<string, string> => {
    const folder = join(world.estate.storeFolder(store), 'backups', backupId);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const named = files.map((entry) => join(entry.parentPath, entry.name));
    return new Map(named.map((path) => [path, `${statSync(path).ino} ${statSync(path).mtimeMs}`]));
  };

  it.each(stepsToDieAt(['base-backup', 'commit', 'seal-and-upload', 'verify']))(
    'make one manifest and overwrite nothing when the one that works is stopped past its lease in %s, and goes on',
    async (step) => {
      const request = new RunBackup({ components: ['novacron'] });
      const answer = () => world.bus.request<Accepted>(request, { timeoutMs: 20_000 });
      const { operationId } = await eventually(answer, { timeoutMs: 60_000 });
      const mine = () => records.filter((record) => record.operationId === operationId);
      const first = await eventually(
        () => mine().find((record) => record.kind === 'intent' && record.steps?.[0]?.name === step),
        { what: `the step ${step}`, timeoutMs: 90_000, pauseMs: 1 },
      );
      // A worker's name has the number of its process.
      const stopped = services.find(({ pid }) => first.by.split('-').includes(String(pid)));
      if (stopped === undefined) throw new Error(`nobody is ${first.by}`);
      stopped.freeze();
      try {
        const claimed = () => mine().find((record) => record.kind === 'claimed' && record.by !== first.by);
        await eventually(claimed, { what: 'the other to take over', timeoutMs: 60_000 });
      } finally {
        // It goes on in the middle of what the other does.
        stopped.thaw();
      }
      // On a busy disc the first store may not have answered in time: then the backup was made in the other.
      const completed = await world.events.ofBackup('backup-completed', operationId, 120_000);
      const store = completed['store'] as Store;
      const committed = objectsOf(operationId, store);
      await world.events.ofBackup('backup-replicated', operationId, 120_000);
      await eventually(() => stopped.log.includes('lease lost'), { what: 'the late one to notice', timeoutMs: 30_000 });
      const copies = () => world.postgres.member.query('select 1 from pg_stat_progress_basebackup');
      await eventually(async () => (await copies()).length === 0, { what: 'the end of every copy', timeoutMs: 60_000 });

      expect(await storedOnce(world, operationId)).toEqual(wholeAndOnce(3));
      const afterwards = objectsOf(operationId, store);
      for (const [path, made] of committed) expect([path, afterwards.get(path)]).toEqual([path, made]);
      const afterTakeover = mine().slice(
        mine().findIndex((record) => record.kind === 'claimed' && record.by !== first.by),
      );
      expect(afterTakeover.filter((record) => record.by === first.by)).toEqual([]);
    },
    300_000,
  );
});

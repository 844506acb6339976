import 'reflect-metadata';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { eventually } from '@novacron/bus/testing';
import { type Lsn, parseLsn } from '@novacron/repository';
import { BackupWorld } from '../testing/backup-world.js';
import { mayMount, onSmallDisc } from '../testing/small-disc.js';
import { archiveSlot } from './wal-source.js';

const onADisc = mayMount() ? describe : describe.skip;
type StoreName = 'primary' | 'dr';

/** Nine segments of WAL. */
const spoolMegabytes = 150;

onADisc('the spool of WAL on a small disc (skipped where an ordinary user may not mount one)', () => {
  let world: BackupWorld;
  let from: Lsn;
  const query = <R extends Record<string, unknown>>(sql: string) => world.postgres.member.query<R>(sql);
  const now = async (): Promise<Lsn> => {
    const [row] = await query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
    return parseLsn(row?.lsn ?? '0/0');
  };

  beforeAll(async () => {
    world = await BackupWorld.start({ as: 'process', within: (spool) => onSmallDisc(spool, spoolMegabytes) });
    from = await now();
    await query('create table orders (n int)');
    await archived('primary', await now());
  }, 150_000);
  afterAll(() => world?.stop());

  /** Resolved when a store holds all WAL up to there, without a gap. */
  const archived = async (store: StoreName, until: Lsn): Promise<void> => {
    const { systemIdentifier } = await world.postgres.member.status();
    await eventually(
      async () => {
        const reach = await world.repository.wal(store, systemIdentifier).contiguousUntil(1, from);
        expect(reach.gap).toBeUndefined();
        return reach.until >= until;
      },
      { what: `the archive in ${store}`, timeoutMs: 120_000, pauseMs: 200 },
    );
  };
  const take = (store: StoreName): void => {
    const folder = world.estate.storeFolder(store);
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, 'not a folder');
  };
  const giveBack = (store: StoreName): void => {
    const folder = world.estate.storeFolder(store);
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
  };
  /** More than the disc holds. */
  const writeMuch = async (): Promise<void> => {
    for (let segment = 0; segment < 14; segment += 1) {
      await query('insert into orders values (1)');
      await query('select pg_switch_wal()');
    }
  };
  const troubles = (fault: string, state: 'found' | 'over') =>
    world.events.named('wal-archive-troubled').filter(({ data }) => data['fault'] === fault && data['state'] === state);

  it('keeps no WAL for a store that is away once room is scarce, when another has it', async () => {
    take('dr');
    await writeMuch();
    await archived('primary', await now());
    giveBack('dr');
    await archived('dr', await now());
  }, 300_000);

  it('is told to be full, keeps no transaction from committing, and goes on where it was when there is room', async () => {
    const before = troubles('spool-full', 'over').length;
    take('primary');
    take('dr');
    await writeMuch();
    const found = await eventually(() => troubles('spool-full', 'found')[before], {
      ...{ what: 'the alarm', timeoutMs: 60_000 },
    });
    expect(found.data).toMatchObject({ component: 'novacron', site: 'primary' });
    expect(found.data['reason']).toMatch(
      /bytes are free in the spool.*on the disc of the active server, without limit/u,
    );
    await eventually(() => troubles('not-received', 'found')[0], {
      what: 'the receiver at its end',
      timeoutMs: 90_000,
    });
    await query('insert into orders values (2)');
    const slot = (await world.postgres.member.replicationSlots()).find(({ name }) => name === archiveSlot);
    expect(slot).toMatchObject({ walStatus: expect.stringMatching(/reserved|extended/u) as string });

    giveBack('primary');
    giveBack('dr');
    const until = await now();
    await archived('primary', until);
    await archived('dr', until);
    for (const fault of ['spool-full', 'not-received'])
      await eventually(() => troubles(fault, 'over')[0], { what: `the end of ${fault}`, timeoutMs: 60_000 });
    expect(troubles('gap', 'found')).toEqual([]);
  }, 400_000);
});

import 'reflect-metadata';
import { pollUntil } from '@novacron/drivers';
import type { TestPostgres } from '@novacron/drivers/testing';
import { lookAtPrimary } from './adapters/primary-look.js';
import { lookAtDatabase } from './adapters/standby-views.js';
import { lineageOf } from './domain/replication/lineage.js';
import { afterLook, type ReplicationRecord } from './domain/replication/replication-record.js';
import type { FailoverParams } from './steps/failover-params.js';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a standby that was promoted aside and made a standby again', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;

  beforeEach(async () => {
    estate = await startTestEstate('asynchronous');
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterEach(async () => {
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  const streams = (server: TestPostgres) =>
    pollUntil('stream', async () => (await server.member.status()).walReceiverStatus === 'streaming' || undefined, {
      timeoutMs: 30_000,
    });

  /** Stopped, started as a standby of nobody, and promoted: a timeline further. */
  const nextTimeline = async ({ member }: TestPostgres): Promise<void> => {
    await member.stopFast(20_000);
    await member.becomeStandbyOf(estate.dr.source(member.name));
    await member.start();
    await member.promote();
  };

  /** The third site goes its own way on timeline 2, with rows that nobody else has; the primary goes on to 3, and its standby follows. */
  const fork = async (): Promise<void> => {
    const { primary, secondary, dr } = estate;
    await primary.member.query('create table kept (n int primary key)');
    await primary.member.query('insert into kept select generate_series(1, 100)');
    await dr.member.waitForReplay((await primary.member.status()).position ?? '0/0');
    await dr.member.cutWalReceiver();
    await dr.member.promote();
    await dr.member.query('insert into kept select generate_series(1000, 3000)');
    await dr.member.stopFast(20_000);
    await dr.member.becomeStandbyOf(secondary.source('dr'));
    await nextTimeline(primary);
    await nextTimeline(primary);
    await streams(secondary);
    await primary.member.query('insert into kept values (101)');
    await secondary.member.waitForReplay((await primary.member.status()).position ?? '0/0');
    await dr.member.start();
  };

  const seenOf = async ({ member }: TestPostgres): Promise<ReplicationRecord> => {
    const look = await lookAtPrimary(member, 1, {});
    if (look === undefined) throw new Error('it is no primary');
    return afterLook(undefined, look, { wanted: [], degradeAfterMs: undefined }).record;
  };

  it(
    'is not promoted although its timeline has the lower number, neither by a verdict nor by a human, and who followed is',
    async () => {
      await fork();
      const { primary, secondary, dr, targets } = estate;
      const record = await seenOf(primary);
      expect(record).toMatchObject({ timeline: 3, history: [{ timeline: 1 }, { timeline: 2 }] });
      const parted = expect.stringMatching(/^is on timeline 2, which parted from it at .* of timeline 1/u) as string;
      await primary.kill();

      const [database] = targets.databases;
      if (database === undefined) throw new Error('the estate has a database');
      const known = { sites: [], record, intervalMs: 1_000, aliveUntilMs: Date.now() };
      const { standbys } = await lookAtDatabase(database, 'primary', known);
      expect(standbys.find(({ site }) => site === 'dr')).toMatchObject({ reachable: true, problem: parted });
      const fit = standbys.find(({ site }) => site === 'secondary');
      expect(fit).toMatchObject({ reachable: true });
      expect(fit).not.toHaveProperty('problem');

      const about: Partial<FailoverParams> = { allowDataLoss: true, lineage: { novacron: lineageOf(record) } };
      const plan = await runner.plan({ ...about, to: 'dr' });
      expect(plan.get('choose-standby')).toContainEqual(
        expect.stringMatching(/^novacron dr: cannot be promoted, is on timeline 2, which parted/u),
      );
      const refused = await runner.run({ ...about, to: 'dr', fenceRequired: 'L4' });
      expect(refused).toMatchObject({ state: 'rolled-back' });
      const choose = refused.nodes.flatMap(({ steps }) => steps).find(({ name }) => name === 'choose-standby');
      expect(choose?.error?.details).toContainEqual({
        path: 'dr',
        problem: expect.stringContaining('timeline-not-in-lineage: is on timeline 2, which parted'),
      });
      expect(await dr.member.status()).toMatchObject({ inRecovery: true });

      // Cut off, it says an older timeline than it has come to: it is not taken for one that went astray.
      const moved = await runner.run({ ...about, fenceRequired: 'L4' });
      expect(moved.results.get('choose-standby')).toMatchObject({ site: 'secondary' });
      expect(await secondary.member.query('select count(*)::int as n from kept')).toEqual([{ n: 101 }]);
      expect(await secondary.member.status()).toMatchObject({ inRecovery: false, timeline: 4 });
    },
    limitMs,
  );

  it(
    'is found out once it is promoted, where its history was hidden until then',
    async () => {
      await fork();
      const record = await seenOf(estate.primary);
      await estate.primary.kill();
      const { member } = estate.dr;
      const honest = member.statusWithLine.bind(member);
      Object.assign(member, {
        statusWithLine: async () => {
          const { status, line } = await honest();
          return { status, line: { ...line, timeline: 3, history: lineageOf(record).history } };
        },
      });
      const about: Partial<FailoverParams> = { allowDataLoss: true, lineage: { novacron: lineageOf(record) } };

      const view = await runner.run({ ...about, to: 'dr', fenceRequired: 'L4' });

      expect(view).toMatchObject({ state: 'rolled-back' });
      expect(view.reason).toMatch(/dr must not take writes: it is on timeline 2, which parted from it at/u);
      expect(await member.status()).toMatchObject({ inRecovery: true });
    },
    limitMs,
  );
});

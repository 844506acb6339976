import 'reflect-metadata';
import { eventually } from '@novacron/bus/testing';
import type { TestPostgres } from '@novacron/drivers/testing';
import { FailoverWorld } from './testing/failover-world.js';

const patience = { timeoutMs: 60_000 };

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a lost synchronous standby', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  });

  const write = (from: number, to: number) =>
    world.primary.member.query(`insert into kept select generate_series(${from}, ${to})`, [], patience);
  const setting = async (): Promise<string> => (await world.primary.member.status()).synchronousStandbyNames;

  it.each<['killed' | 'frozen']>([['killed'], ['frozen']])(
    '%s, holds commits no longer than policy allows, is announced, remembered, and waited for again',
    async (how) => {
      world = await FailoverWorld.start({ rpo: '1ms', failover: { degradeSynchronousAfter: '3s' } });
      await world.primary.member.query('create table kept (n int primary key)');
      await write(1, 100);
      if (how === 'killed') await world.secondary.kill();
      else world.secondary.freeze();

      await write(101, 200);

      const degraded = await world.event('replication-degraded');
      expect(degraded).toMatchObject({ site: 'primary', database: 'novacron', lost: ['secondary'], remaining: [] });
      expect(degraded['reason']).toMatch(/secondary has not confirmed for .*; policy holds commits for 3 s/u);
      expect(await setting()).toBe('');
      expect(await world.replication()).toMatchObject({
        synchronous: [],
        degraded: { lost: ['secondary'], byPolicy: true },
      });
      expect(await world.event('redundancy-lost')).toMatchObject({
        site: 'primary',
        standbys: [{ site: 'secondary' }],
      });

      if (how === 'killed') await world.secondary.member.start();
      else world.secondary.thaw();
      const restored = await world.event('replication-restored');
      expect(restored).toMatchObject({ site: 'primary', synchronous: ['secondary'] });
      expect(await setting()).toContain('secondary');
      await world.event('redundancy-restored');
      await eventually(
        async () => JSON.stringify((await world.replication())['synchronous']) === '["secondary"]',
        patience,
      );
    },
    limitMs,
  );

  it(
    'makes a later failover ask, with what it would lose, and measure what it lost',
    async () => {
      world = await FailoverWorld.start({ rpo: '1ms', failover: { degradeSynchronousAfter: '1s' } });
      await world.primary.member.query('create table kept (n int primary key)');
      await write(1, 100);
      await world.secondary.kill();
      await write(101, 600);
      await world.event('replication-degraded');
      await eventually(async () => (await seenRows()) >= 500, patience);
      // Back, but the primary it could catch up from is gone at once.
      await world.primary.kill();
      await world.secondary.member.start();
      await world.say('failed');

      const verdict = await world.verdict('loss-beyond-rpo');
      expect(verdict).toMatchObject({ action: 'ask', shouldFailover: false, targetSite: 'secondary' });
      expect(Number(verdict['estimatedLostRows'])).toBeGreaterThanOrEqual(500);
      expect(verdict['reason']).toMatch(/secondary can take over, but it would lose about .* rows/u);
      const asked = await world.event('failover-approval-requested');
      expect(Number(asked['estimatedLostBytes'])).toBeGreaterThan(0);
      await world.approve(String(asked['operationId']), 'Jane');

      const completed = await world.event('failover-completed');
      expect(completed).toMatchObject({ toSite: 'secondary', fenceLevel: 'L3' });
      expect(Number(completed['lostRows'])).toBeGreaterThanOrEqual(500);
      expect(Number(completed['lostBytes'])).toBeGreaterThan(0);
      const [row] = await world.secondary.member.query<{ n: number }>('select count(*)::int as n from kept');
      expect(row?.n).toBe(100);
    },
    limitMs,
  );

  it.each<['acts' | 'asks', string]>([
    ['acts', '15m'],
    ['asks', '1ms'],
  ])(
    'that says nothing while the primary is lost: the service %s by itself where the RPO is %s, and says what may be missing',
    async (what, rpo) => {
      world = await FailoverWorld.start({ rpo, dr: true, failover: { dwellAcrossRegions: '0s' } });
      const { dr, secondary, primary } = world;
      await primary.member.query('create table kept (n int primary key)');
      await write(1, 100);
      await eventually(async () => (await rowsOn(dr)) === 100, patience);
      await dr.kill();
      await write(101, 600);
      await eventually(async () => (await seenRows()) >= 500, patience);
      secondary.freeze();
      await primary.kill();
      await dr.member.start();
      await world.say('failed');

      const verdict = await world.verdict(what === 'acts' ? 'permitted' : 'loss-beyond-rpo');
      expect(verdict).toMatchObject({ action: what === 'acts' ? 'act' : 'ask', targetSite: 'dr' });
      expect(verdict['reason']).toMatch(
        /secondary, for which commits waited, does not answer and may have acknowledged rows that dr lacks$/u,
      );
      expect(Number(verdict['estimatedLostRows'])).toBeGreaterThanOrEqual(500);
      if (what === 'asks') {
        const asked = await world.event('failover-approval-requested');
        expect((await dr.member.status()).inRecovery).toBe(true);
        await world.approve(String(asked['operationId']), 'Jane');
      }
      const completed = await world.event('failover-completed');
      expect(completed).toMatchObject({ toSite: 'dr', fenceLevel: 'L3' });
      expect(Number(completed['lostRows'])).toBeGreaterThanOrEqual(500);
      expect(await rowsOn(dr)).toBe(100);
    },
    limitMs,
  );

  it(
    'is one of several of which any may confirm: none of them counts as having everything',
    async () => {
      world = await FailoverWorld.start({ dr: true, failover: { dwellAcrossRegions: '0s' } });
      const { dr, secondary, primary } = world;
      await primary.member.query('create table kept (n int primary key)');
      await primary.member.setSynchronousStandbys(['secondary', 'dr'], { method: 'ANY', count: 1 });
      await write(1, 100);
      await eventually(async () => (await rowsOn(secondary)) === 100 && (await rowsOn(dr)) === 100, patience);
      await eventually(async () => (await seenRows()) >= 100, patience);
      await dr.kill();
      await write(101, 600);
      await eventually(async () => (await seenRows()) >= 600, patience);
      await Promise.all([secondary.kill(), primary.kill()]);
      await dr.member.start();
      await world.say('failed');

      const verdict = await world.event('failover-decided', ({ targetSite }) => targetSite === 'dr');
      expect(Number(verdict['estimatedLostRows'])).toBeGreaterThanOrEqual(500);
      expect(verdict['reason']).not.toMatch(/every acknowledged row/u);
      const told = world.events.find(({ name }) => name === 'replication-degraded');
      expect(told?.data['reason']).toMatch(/not every commit of primary waits for secondary, which the estate calls/u);
    },
    limitMs,
  );

  const rowsOn = async ({ member }: TestPostgres): Promise<number> => {
    const [row] = await member.query<{ n: number }>('select count(*)::int as n from kept');
    return row?.n ?? 0;
  };

  /** How many rows the watch has seen written while it looked. */
  async function seenRows(): Promise<number> {
    const { samples } = await remembered();
    return (samples.at(-1)?.rows ?? 0) - (samples[0]?.rows ?? 0);
  }

  async function remembered(): Promise<{ samples: readonly { readonly rows: number }[] }> {
    return world.state('replication.novacron');
  }
});

import 'reflect-metadata';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('two failover services at once', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'are one: a loss is answered once, and of two requests one is refused',
    async () => {
      world = await FailoverWorld.start();
      await world.startService();
      await world.primary.member.query('create table kept (n int primary key)');
      await world.primary.member.query('insert into kept select generate_series(1, 100)');
      await world.primary.kill();

      const [, ...answers] = await Promise.allSettled([
        world.say('failed'),
        ...['Ann', 'Bob', 'Cid'].map((by) => world.start({ by })),
      ]);

      const completed = await world.event('failover-completed');
      expect(completed).toMatchObject({ toSite: 'secondary', epoch: 2, lostRows: 0 });
      const begun = new Set(answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.operationId] : [])));
      expect([...begun, String(completed['operationId'])].every((id) => id === completed['operationId'])).toBe(true);
      for (const each of answers)
        if (each.status === 'rejected')
          expect(each.reason).toMatchObject({ code: expect.stringMatching(/^(OPERATION_RUNNING|CONFLICT)$/u) });
      const { epoch, operations } = await world.status();
      expect(epoch).toMatchObject({ epoch: 2, site: 'secondary' });
      expect((operations as { state: string }[]).filter(({ state }) => state === 'completed')).toHaveLength(1);
      expect(world.events.filter(({ name }) => name === 'failover-completed')).toHaveLength(1);
      expect(await world.secondary.member.status()).toMatchObject({ inRecovery: false, timeline: 2 });
      const [row] = await world.secondary.member.query<{ n: number }>('select count(*)::int as n from kept');
      expect(row?.n).toBe(100);
    },
    limitMs,
  );

  it(
    'do not move service twice: a second loss before a standby has followed is asked about',
    async () => {
      world = await FailoverWorld.start();
      await world.lose();
      await world.event('failover-completed', ({ toSite }) => toSite === 'secondary');
      // The old primary follows again, but no service has seen that anybody could take over.
      await world.stopService();
      const { primary, secondary } = world;
      await secondary.member.createReplicationSlot('primary').catch(() => undefined);
      await primary.member.rewindFrom({ access: secondary.member.options, replication: secondary.source('primary') });
      await primary.member.start();
      await world.streams(primary);
      await secondary.kill();
      await world.startService();
      await world.say('failed', 'secondary');

      const asked = await world.verdict('not-redundant');

      expect(asked).toMatchObject({ action: 'ask', shouldFailover: false, targetSite: 'primary' });
      expect(asked['reason']).toMatch(/moved to secondary by .*no standby has followed it since/u);
      expect((await primary.member.status()).inRecovery).toBe(true);
      expect(await world.status()).toMatchObject({ epoch: { epoch: 2, site: 'secondary' } });
    },
    limitMs,
  );
});

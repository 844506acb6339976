import 'reflect-metadata';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a loss on a doubtful word', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'moves nothing: neither for one vantage, nor onto a replica of damaged data; and tells no secret to anybody',
    async () => {
      world = await FailoverWorld.start();
      const told: string[] = [];
      world.bus.connection.subscribe('>', { callback: (_error, message) => void told.push(message.string()) });
      await world.primary.kill();

      world.seenBy = { alpha: 'failed', beta: 'ok', gamma: 'ok' };
      await world.say('failed');
      expect(await world.verdict('no-rule')).toMatchObject({ action: 'none', shouldFailover: false });
      world.seenBy = { alpha: 'failed', beta: 'unknown', gamma: 'unknown' };
      expect((await world.verdict('no-quorum'))['reason']).toMatch(/only 1 of 3 vantages can see primary/u);
      world.damaged = true;
      world.seenBy = {};
      const damaged = await world.verdict('point-in-time-recovery');
      expect(damaged).toMatchObject({ action: 'recover', shouldFailover: false });
      expect(damaged['reason']).toMatch(
        /none is promoted.*command\.restoration\.recover with scenario data_corruption/u,
      );
      expect((await world.secondary.member.status()).inRecovery).toBe(true);
      expect(await world.status()).toMatchObject({ epoch: { epoch: 1, site: 'primary' }, operations: [] });

      world.damaged = false;
      await world.event('failover-completed', ({ toSite }) => toSite === 'secondary');
      const { admin, replication } = world.primary;
      expect(told.length).toBeGreaterThan(20);
      expect(world.lines.length).toBeGreaterThan(3);
      for (const { password } of [admin, replication])
        expect([...told, ...world.lines].filter((text) => text.includes(password))).toEqual([]);
    },
    limitMs,
  );
});

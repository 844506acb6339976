import 'reflect-metadata';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('automatic failover that is paused', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'moves nothing until the pause ends by itself, and then what is still lost',
    async () => {
      world = await FailoverWorld.start();
      for (const expiry of ['0s', '31d', 'soon']) {
        await expect(world.pause(expiry)).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
      }
      await world.pause('1h');
      await world.resume({ by: 'Bob' });
      expect(await world.event('failover-pause-ended')).toMatchObject({ owner: 'Jane', by: 'Bob' });
      await world.pause('20s');
      await world.lose();

      const paused = await world.verdict('paused');
      expect(paused).toMatchObject({ action: 'none', shouldFailover: false });
      expect(paused['reason']).toMatch(/Jane has paused automatic failover until .*: network work/u);
      expect(await world.status()).toMatchObject({ pause: { owner: 'Jane', reason: 'network work' } });

      const told = (name: string) => world.events.filter((event) => event.name === name).map(({ data }) => data);
      const over = await world.event('failover-pause-ended', ({ by }) => by === undefined);
      expect(over).toMatchObject({ owner: 'Jane', reason: 'network work' });
      expect(told('failover-paused').map(({ reminder }) => reminder)).toEqual([0, 0, 1, 2]);
      expect(told('failover-paused').at(-1)).toMatchObject({ owner: 'Jane', until: over['until'] });
      expect(await world.verdict('permitted')).toMatchObject({ action: 'act', shouldFailover: true });
      const completed = await world.event('failover-completed');
      expect(completed).toMatchObject({ toSite: 'secondary', lostRows: 0, estimatedLostRows: 0 });
      const { totalMs, detectMs, decideMs, approveMs, fenceMs, promoteMs, routeMs, validateMs } = completed[
        'rto'
      ] as Record<string, number>;
      expect(totalMs).toBeGreaterThanOrEqual(fenceMs! + promoteMs! + validateMs!);
      expect([detectMs, decideMs, approveMs, routeMs].every((ms) => ms! >= 0)).toBe(true);
    },
    limitMs,
  );
});

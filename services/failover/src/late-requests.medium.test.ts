import 'reflect-metadata';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('requests that come at the wrong time, or name the wrong thing', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'refuses an abort after the point of no return, and says what is possible',
    async () => {
      world = await FailoverWorld.start({ deadRouter: true });
      await world.primary.kill();
      const { operationId } = await world.start();

      const failed = await world.event('failover-failed');
      expect(failed).toMatchObject({ operationId, step: 'validate' });
      await expect(world.abort(operationId, 'Jane')).rejects.toMatchObject({
        ...{ code: 'PAST_POINT_OF_NO_RETURN', hint: expect.stringContaining('command.failover.resume') },
      });
      expect((await world.secondary.member.status()).inRecovery).toBe(false);
    },
    limitMs,
  );

  it(
    'refuses sites that cannot be moved to, and names those that can',
    async () => {
      world = await FailoverWorld.start();
      for (const [to, code] of [
        ['mars', 'NOT_FOUND'],
        ['primary', 'CONFLICT'],
        ['dr', 'CONFLICT'],
      ] as const) {
        await expect(world.start({ to })).rejects.toMatchObject({ code, hint: 'possible now: secondary' });
      }
    },
    limitMs,
  );
});

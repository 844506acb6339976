import 'reflect-metadata';
import type { Plan } from '@novacron/contracts';
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

      expect((await world.status(operationId))['params']).toMatchObject({
        lineage: { novacron: { systemIdentifier: expect.any(String), timeline: 1 } },
      });
      const failed = await world.event('failover-failed');
      expect(failed).toMatchObject({ operationId, step: 'validate' });
      await expect(world.abort(operationId, 'Jane')).rejects.toMatchObject({
        ...{ code: 'PAST_POINT_OF_NO_RETURN', hint: expect.stringContaining('command.failover.resume') },
      });
      const skip = { operationId, skip: 'validate' };
      await expect(world.resume(skip)).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        details: [{ path: 'reason' }],
      });
      await expect(world.resume({ ...skip, reason: 'it is fine' })).rejects.toMatchObject({
        ...{ code: 'CONFLICT', hint: 'without these it can: none now' },
      });
      expect((await world.secondary.member.status()).inRecovery).toBe(false);
      expect(await world.report(operationId)).toMatchObject({
        ...{ outcome: 'failed', toSite: 'secondary', rto: { measured: 'unknown' }, needs: failed['needs'] },
      });

      // The router is no more: it leaves the estate file, and the move goes on.
      await world.stopService();
      world.writeEstate({});
      await world.startService();
      await world.resume({ operationId });
      expect(await world.event('failover-completed')).toMatchObject({ operationId, toSite: 'secondary' });
    },
    limitMs,
  );

  it(
    'refuses sites that cannot be moved to, names those that can, and shows what a move would change',
    async () => {
      world = await FailoverWorld.start();
      const plan = (await world.start({ dryRun: true })) as unknown as Plan;
      const changes = plan.steps.flatMap((step) => step.changes).join('\n');
      expect(plan.summary).toMatch(/from primary to secondary: .* 0 bytes\) would be lost; nothing has been changed/u);
      expect(changes).toMatch(/novacron secondary: primary_conninfo primary → empty/u);
      expect(changes).toMatch(/epoch 1 → 2, held by primary → secondary/u);
      expect(changes).toMatch(/novacron secondary: standby on timeline 1 → primary on timeline 2, closed to writes/u);
      expect((await world.status())['operations']).toEqual([]);
      expect((await world.secondary.member.status()).walReceiverStatus).toBe('streaming');
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

import 'reflect-metadata';
import { type Plan, QueryFailoverPlan } from '@novacron/contracts';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('an estate where policy lets nobody decide alone', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  it(
    'lets nobody move service alone, also where nothing is lost',
    async () => {
      world = await FailoverWorld.start({ failover: { approvals: 2 } });
      await expect(world.start({ mode: 'planned' })).rejects.toMatchObject({
        ...{ code: 'INVALID_MESSAGE', hint: expect.stringContaining('another person then approves') },
      });
      const plan = new QueryFailoverPlan({ to: 'secondary', mode: 'planned' });
      expect((await world.bus.request<Plan>(plan)).summary).toContain('nothing has been changed');
      const { operationId } = await world.start({ mode: 'planned', by: 'Ann' });
      expect(await world.event('failover-approval-requested')).toMatchObject({
        ...{ operationId, approvalsNeeded: 1, reason: expect.stringMatching(/^Ann asks .*; nothing is lost$/u) },
      });
      await expect(world.approve(operationId, 'ann')).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await world.primary.member.status()).inRecovery).toBe(false);
      expect((await world.approve(operationId, 'Bob')).message).toMatch(/goes on$/u);
      expect(await world.verdict('approved')).toMatchObject({ operationId });
    },
    limitMs,
  );

  it(
    'lets nobody go on alone without a step',
    async () => {
      world = await FailoverWorld.start({
        failover: {
          approvals: 2,
          applications: [
            { site: 'secondary', activate: ['/bin/sh', '-c', 'exit 1'], deactivate: ['/bin/sh', '-c', 'exit 0'] },
          ],
        },
      });
      await world.primary.kill();
      const { operationId } = await world.start({ by: 'Ann' });
      await world.event('failover-approval-requested');
      await world.approve(operationId, 'Bob');
      expect(await world.event('failover-failed')).toMatchObject({ operationId, step: 'switch-applications' });
      const skip = { operationId, skip: 'switch-applications', reason: 'started by hand' };

      await expect(world.resume({ ...skip, skip: 'validate', by: 'Ann' })).rejects.toMatchObject({
        ...{ code: 'CONFLICT', hint: 'without these it can: switch-applications' },
      });
      expect((await world.resume({ ...skip, by: 'Ann' })).message).toMatch(
        /^accepted: .* waits for a second person, who/u,
      );
      await expect(world.resume({ ...skip, by: 'ANN' })).rejects.toMatchObject({
        ...{ code: 'CONFLICT', hint: expect.stringMatching(/^another person must send the same until /u) },
      });
      expect(await world.ended(operationId)).toBe('failed');
      expect(world.events.map(({ name }) => name)).not.toContain('failover-step-skipped');

      // It outlives the service that was asked.
      await world.stopService();
      await world.startService();
      expect((await world.resume({ ...skip, by: 'Bob', reason: 'I saw it' })).message).toMatch(/goes on without step/u);

      expect(await world.event('failover-completed')).toMatchObject({ skippedSteps: ['switch-applications'] });
      expect(await world.event('failover-step-skipped')).toMatchObject({
        ...{ step: 'switch-applications', by: 'Ann and Bob', reason: 'started by hand; I saw it' },
      });
    },
    limitMs,
  );
});

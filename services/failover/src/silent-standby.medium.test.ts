import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@novacron/bus/testing';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a standby that is silent when a move is undone', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;

  beforeAll(async () => {
    estate = await startTestEstate('synchronous');
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterAll(async () => {
    estate?.dr.thaw();
    estate?.secondary.thaw();
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  it(
    'is told to receive again once it answers: commits of the old primary wait for it',
    async () => {
      runner.atRecord('done', 'fence-commits', () => estate.secondary.freeze());
      // Longer than one look has.
      runner.atRecord('undo-intent', 'fence-commits', () => void sleep(3_000).then(() => estate.secondary.thaw()));

      const view = await runner.run({ fenceRequired: 'L3' });

      expect(view).toMatchObject({ state: 'rolled-back' });
      await eventually(
        async () => (await estate.secondary.member.status()).walReceiverStatus === 'streaming' || undefined,
        { what: 'the standby receives again', timeoutMs: 30_000 },
      );
    },
    limitMs,
  );

  it(
    'for good keeps the move from being called undone, and not the routes from going back',
    async () => {
      runner.atRecord('done', 'fence-commits', () => estate.dr.freeze());

      const stopped = await runner.run({ fenceRequired: 'L3' });

      expect(stopped).toMatchObject({
        state: 'failed',
        error: { message: expect.stringContaining('novacron dr cannot be told to receive') as string },
      });
      const [backend] = estate.targets.backends;
      const servers = await backend?.runtime.servers('db');
      expect(servers?.find(({ server }) => server === 'primary')?.state).toBe('ready');

      estate.dr.thaw();
      await runner.operations.resume(stopped.operationId, 'Ada');
      expect(await runner.ended(stopped.operationId)).toMatchObject({ state: 'rolled-back' });
    },
    limitMs,
  );

  it(
    'and stopped the move: that one is neither resumed nor aborted once somebody else has moved service',
    async () => {
      runner.atRecord('done', 'fence-commits', () => estate.dr.freeze());
      const { operationId, state } = await runner.run({ fenceRequired: 'L3' });
      expect(state).toBe('failed');
      estate.dr.thaw();
      const held = await runner.epochs.current();
      await runner.epochs.advance(held?.revision ?? 0, { site: 'secondary', operationId: 'failover-2' });

      const overtaken = { code: 'EPOCH_MISMATCH', message: expect.stringContaining('by failover-2') as string };
      await expect(runner.operations.resume(operationId, 'Ada')).rejects.toMatchObject(overtaken);
      await expect(runner.operations.abort(operationId, 'Ada', 'no more')).rejects.toMatchObject(overtaken);
      expect(await runner.ended(operationId)).toMatchObject({ state: 'failed' });
    },
    limitMs,
  );
});

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

  /** Does something when a record of the next operation's journal is seen. */
  const at = (kind: string, step: string, work: () => void): void => {
    const seen = runner.bus.connection.subscribe('dr.novacron.operation.*', {
      callback: (_error, message) => {
        const record = message.json<{ kind: string; step?: string }>();
        if (record.kind !== kind || record.step !== step) return;
        seen.unsubscribe();
        work();
      },
    });
  };

  it(
    'is told to receive again once it answers: commits of the old primary wait for it',
    async () => {
      at('done', 'fence-commits', () => estate.secondary.freeze());
      // Longer than one look has.
      at('undo-intent', 'fence-commits', () => void sleep(3_000).then(() => estate.secondary.thaw()));

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
      at('done', 'fence-commits', () => estate.dr.freeze());

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
});

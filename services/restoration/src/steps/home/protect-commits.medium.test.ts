import 'reflect-metadata';
import type { StepContext } from '@novacron/operations';
import { startPostgres, type TestPostgres } from '@novacron/drivers/testing';
import type { RestorationTargets } from '../../adapters/restoration-targets.js';
import { protectCommits } from './protect-commits.js';
import type { RestorationParams } from './restoration-params.js';

describe('commits that wait for the home site', () => {
  let active: TestPostgres;

  beforeAll(async () => {
    active = await startPostgres({ name: 'secondary' });
  }, 60_000);
  afterAll(async () => {
    await active?.stop();
  });

  const setting = async () => (await active.member.status()).synchronousStandbyNames;

  it.each(['ANY 1 ("dr", "archive")', 'FIRST 1 ("dr","archive")', 'dr', ''])(
    'wait as they did, to the letter, once it is undone: %s',
    async (before) => {
      const database = { settings: { name: 'novacron' }, members: new Map([['secondary', active.member]]) };
      const step = protectCommits({ databases: [database] } as unknown as RestorationTargets, {
        watch: { isWherePlanned: () => Promise.resolve(true) },
        failover: { running: () => Promise.resolve(undefined) },
      });
      const params = { from: 'secondary', to: 'primary' } as RestorationParams;
      const context = { params, signal: AbortSignal.timeout(30_000) } as StepContext<RestorationParams>;
      await active.member.restoreSynchronousStandbyNames(before);

      const captured = (await step.capture?.(context)) ?? {};
      await step.run(context, captured);
      expect(await setting()).toContain('"primary"');
      await step.undo?.(context, captured);

      expect(await setting()).toBe(before);
    },
  );
});

import 'reflect-metadata';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a move of two databases, each behind a load balancer', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;

  beforeEach(async () => {
    estate = await startTestEstate('synchronous', { orders: true });
    runner = await FailoverRunner.start(estate);
  }, limitMs);

  afterEach(async () => {
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  const both = ['router novacron', 'orders-router orders'];
  const beatsOf = async (database: string) => {
    const target = estate.targets.databases.find(({ settings }) => settings.name === database);
    return target?.members.get('secondary')?.readHeartbeat();
  };

  it(
    'is done when a write to each of them has come through',
    async () => {
      expect((await runner.plan({ mode: 'planned', to: 'secondary' })).get('validate')).toEqual([
        'router: one write to novacron through it',
        'orders-router: one write to orders through it',
      ]);

      const view = await runner.run({ mode: 'planned', to: 'secondary' });

      expect(view).toMatchObject({ state: 'completed' });
      expect(view.results.get('prove-target')).toMatchObject({ readsThrough: both });
      expect(view.results.get('validate')).toMatchObject({ writesThrough: both });
      for (const database of ['novacron', 'orders']) expect(await beatsOf(database)).toMatchObject({ epoch: 2 });
    },
    limitMs,
  );

  it(
    'is no move where one of them cannot be reached, and is put back',
    async () => {
      // Customers of the second one are led to the old server by something that nobody can tell where to lead.
      const [old] = estate.targets.databases[1]?.settings.members ?? [];
      const [, balancer] = estate.targets.estate.routing.loadBalancers;
      Object.assign(balancer ?? {}, { postgresPort: old?.port });

      const view = await runner.run({ mode: 'planned', to: 'secondary' });

      expect(view).toMatchObject({ state: 'rolled-back' });
      expect(view.reason).toMatch(/an answer through orders-router orders could not be seen/u);
      expect(await runner.epochs.current()).toMatchObject({ epoch: 3, site: 'primary' });
    },
    limitMs,
  );
});

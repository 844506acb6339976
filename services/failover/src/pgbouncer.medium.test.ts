import 'reflect-metadata';
import { join } from 'node:path';
import { requireProgram } from '@novacron/drivers';
import { type PgbouncerServer, pgbouncerProgram, startPgbouncer } from '@novacron/drivers/testing';
import { FailoverRunner } from './testing/failover-runner.js';
import { startTestEstate, type TestEstate } from './testing/test-estate.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;
const script = join(import.meta.dirname, '../../../deploy/pgbouncer/point-pgbouncer.sh');
const withPgbouncer = pgbouncerProgram === undefined ? describe.skip : describe;

withPgbouncer('a PgBouncer in front (skipped where set-up found none)', () => {
  let estate: TestEstate;
  let runner: FailoverRunner;
  let pool: PgbouncerServer;

  beforeEach(async () => {
    estate = await startTestEstate('synchronous');
    runner = await FailoverRunner.start(estate);
    pool = await startPgbouncer(pgbouncerProgram ?? '', [estate.primary, estate.secondary]);
    const secrets = [
      { name: 'PGBOUNCER_DIR', secret: { env: 'dir' } },
      { name: 'PGBOUNCER_CONSOLE', secret: { env: 'console' } },
      { name: 'PSQL', secret: { env: 'psql' } },
    ];
    const values: Readonly<Record<string, string>> = {
      ...{ dir: pool.dir, console: pool.console, psql: join(requireProgram('postgresBin'), 'psql') },
    };
    const before = { ...estate.targets.context };
    Object.assign(estate.targets.context, {
      secret: (reference: { readonly env: string }) =>
        Promise.resolve(values[reference.env] ?? before.secret(reference)),
    });
    Object.assign(estate.targets.estate.routing, {
      endpoints: [{ name: 'pool', command: [script, '{site}'], secrets }],
    });
  }, limitMs);

  afterEach(async () => {
    estate?.primary.thaw();
    await pool?.stop();
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  const leadsTo = async (): Promise<number | undefined> => {
    const [row] = await pool.member.query<{ port: number }>(`select current_setting('port')::int as port`);
    return row?.port;
  };

  it(
    'leads to the new primary after a planned move, and away from one that says nothing, whose sessions are cut',
    async () => {
      expect(await leadsTo()).toBe(estate.primary.port);
      expect(await runner.run({ mode: 'planned', to: 'secondary' })).toMatchObject({ state: 'completed' });
      expect(await leadsTo()).toBe(estate.secondary.port);
      await pool.member.query('create table kept (n int)');

      expect(await runner.run({ mode: 'planned', to: 'primary' })).toMatchObject({ state: 'completed' });
      expect(await leadsTo()).toBe(estate.primary.port);
      // A customer's session that will never hear from its server again.
      const hanging = pool.member
        .query('select pg_sleep(600)', [], { timeoutMs: 120_000 })
        .catch((error: Error) => error);
      estate.primary.freeze();
      const view = await runner.run({ to: 'secondary' });

      expect(view).toMatchObject({ state: 'completed' });
      expect(await hanging).toBeInstanceOf(Error);
      expect(await leadsTo()).toBe(estate.secondary.port);
      await pool.member.query('insert into kept values (1)');
      expect(await estate.secondary.member.query('select n from kept')).toEqual([{ n: 1 }]);
    },
    limitMs,
  );

  it(
    'refuses an order of an epoch that is over',
    async () => {
      const [endpoint] = estate.targets.endpoints;
      await endpoint?.point({ site: 'secondary', epoch: 3, operationId: 'x' }, {});
      await expect(endpoint?.point({ site: 'primary', epoch: 2, operationId: 'y' }, {})).rejects.toMatchObject({
        code: 'COMMAND_FAILED',
      });
      expect(await leadsTo()).toBe(estate.secondary.port);
    },
    limitMs,
  );
});

import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@novacron/bus/testing';
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
  let psql: string;

  beforeEach(async () => {
    estate = await startTestEstate('synchronous');
    runner = await FailoverRunner.start(estate);
    pool = await startPgbouncer(pgbouncerProgram ?? '', [estate.primary, estate.secondary]);
    psql = join(requireProgram('postgresBin'), 'psql');
    const secrets = [
      { name: 'PGBOUNCER_DIR', secret: { env: 'dir' } },
      { name: 'PGBOUNCER_CONSOLE', secret: { env: 'console' } },
      { name: 'PSQL', secret: { env: 'psql' } },
    ];
    const values: Readonly<Record<string, string>> = {
      ...{ dir: pool.dir, console: pool.console, psql },
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
    estate?.secondary.thaw();
    await pool?.stop();
    await runner?.stop();
    await estate?.stop();
  }, limitMs);

  const leadsTo = async (): Promise<number | undefined> => {
    const [row] = await pool.member.query<{ port: number }>(`select current_setting('port')::int as port`);
    return row?.port;
  };

  it(
    'leads to the new primary after a planned move, and away from one that says nothing, whose sessions are cut, and heeds no late order',
    async () => {
      expect(await leadsTo()).toBe(estate.primary.port);
      await pool.member.query('create table kept (n int)');
      expect(await runner.run({ mode: 'planned', to: 'secondary' })).toMatchObject({ state: 'completed' });
      expect(await leadsTo()).toBe(estate.secondary.port);
      // A customer's session that will never hear from its server again.
      const login = `host=127.0.0.1 port=${pool.port} dbname=${estate.primary.database} user=${estate.primary.admin.user}`;
      const hanging = promisify(execFile)(psql, ['-X', '-d', login, '-c', 'select pg_sleep(600)']).catch(
        (error: object) => error,
      );
      const busy = `select count(*)::int as n from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`;
      await eventually(async () => (await estate.secondary.member.query<{ n: number }>(busy))[0]?.n === 1);
      estate.secondary.freeze();
      const view = await runner.run({ to: 'primary', allowDataLoss: true });

      expect(view).toMatchObject({ state: 'completed' });
      // As psql says that its connection broke.
      expect(await hanging).toMatchObject({ code: 2 });
      expect(await leadsTo()).toBe(estate.primary.port);
      await pool.member.query('insert into kept values (1)');
      expect(await estate.primary.member.query('select n from kept')).toEqual([{ n: 1 }]);

      const [endpoint] = estate.targets.endpoints;
      const late = endpoint?.point({ site: 'secondary', epoch: 2, operationId: 'late' }, {});
      await expect(late).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
      expect(await leadsTo()).toBe(estate.primary.port);
    },
    limitMs,
  );
});

import type { Check, Estate } from '@novacron/contracts';
import { startPostgres, type TestPostgres } from '@novacron/drivers/testing';
import { look } from '../testing/look.js';
import { probeFor } from './check-types.js';
import type { Probe } from './probe.js';

describe('the login of a check of PostgreSQL', () => {
  let server: TestPostgres;
  let password: string;

  beforeAll(async () => {
    server = await startPostgres();
    await server.member.query(`create role watcher login password 'first-password'`);
    password = 'first-password';
  }, 120_000);
  afterAll(() => server?.stop());

  const probe = (kind: 'postgres' | 'postgres-canary' = 'postgres'): Probe => {
    const database = {
      name: 'novacron',
      database: server.member.options.database,
      admin: { user: 'watcher', password: { env: 'UNUSED' } },
      members: [{ site: 'primary', host: '127.0.0.1', port: server.port }],
    };
    const check = { name: 'postgres', site: 'primary', kind, role: 'database', of: 'novacron' } as Check;
    const estate = { databases: [database] } as unknown as Estate;
    const made = probeFor(check, 3_000, { estate, folder: '/', vantage: 'alpha', secret: async () => password });
    if (made === undefined) throw new Error('no probe was made');
    return made;
  };
  const loggedIn = async (): Promise<number[]> =>
    (
      await server.member.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = 'dr-health-monitor'`,
      )
    ).map(({ pid }) => pid);

  it('is kept from look to look, and made anew at one look in five', async () => {
    const postgres = probe();
    const seen: number[] = [];
    for (let i = 0; i < 11; i += 1) {
      const before = await loggedIn();
      expect(await look(postgres)).toEqual({});
      for (const pid of await loggedIn()) if (!before.includes(pid)) seen.push(i);
    }
    expect(seen).toEqual([0, 5, 10]);
  }, 30_000);

  it('that is refused is found within five looks, and at each look from then on until the secret is right', async () => {
    const postgres = probe();
    await look(postgres);
    await server.member.query(`alter role watcher password 'second-password'`);
    try {
      const found: boolean[] = [];
      for (let i = 1; i < 8; i += 1)
        found.push(
          await look(postgres).then(
            () => false,
            () => true,
          ),
        );
      expect(found).toEqual([false, false, false, false, true, true, true]);
    } finally {
      password = 'second-password';
    }
    expect(await look(postgres)).toEqual({});
  }, 30_000);
});

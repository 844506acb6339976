import type { Fault } from '@novacron/bus/testing';
import { FaultWorld } from './fault-world.js';

const patientMs = 240_000;

/** What a fault makes of a check: the state that its vantage settles on, and what it says of it. */
type Expected = Readonly<Record<string, readonly [state: 'ok' | 'degraded' | 'failed', evidence?: RegExp]>>;

/** Of all that is behind the one way through which faults come. */
const everywhere = ['postgres', 'canary', 'sql', 'redis', 'api', 'tcp', 'worker', 'storage'] as const;
/** Those that log in at one look of several only. */
const keepLogin = ['postgres', 'sql'] as const;
const late = /in time|no answer|aborted/u;
const gone = /refused|ECONNREFUSED/u;

describe('faults of real servers, as one vantage sees them', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await FaultWorld.start();
    await allWell();
  }, patientMs);

  afterAll(async () => world?.stop(), 60_000);

  const allWell = async (): Promise<void> => {
    for (const site of ['primary', 'secondary']) for (const check of everywhere) await world.until(site, check, 'ok');
    await world.until('primary', 'dns', 'ok');
  };

  const expectSeen = async (site: string, expected: Expected): Promise<void> => {
    for (const [check, [state, evidence]] of Object.entries(expected)) await world.until(site, check, state, evidence);
  };

  it(
    'killed: each fails, says that nobody listens, and is well again when its server is back',
    async () => {
      await Promise.all([
        world.postgres.kill(),
        world.redis.kill(),
        world.app.kill(),
        world.killDns(),
        world.killStorage(),
      ]);
      try {
        await expectSeen('primary', {
          postgres: ['failed', gone],
          canary: ['failed', gone],
          sql: ['failed', gone],
          redis: ['failed', gone],
          api: ['failed', gone],
          tcp: ['failed', gone],
          worker: ['failed', gone],
          dns: ['failed', gone],
          storage: ['failed', gone],
        });
      } finally {
        await world.postgres.member.start();
        await Promise.all([world.redis.start(), world.app.start(), world.reviveDns(), world.reviveStorage()]);
      }
      await allWell();
    },
    patientMs,
  );

  it(
    'stopped: nothing is waited for beyond its timeout, and who goes on is well again',
    async () => {
      const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
        for (const pid of [world.postgres.pid() as number, world.storage.pid]) process.kill(pid, name);
        for (const server of [world.redis, world.app]) server.signal(name);
        world.signalDns(name);
      };
      signal('SIGSTOP');
      try {
        await expectSeen('primary', {
          postgres: ['failed', late],
          canary: ['failed', late],
          redis: ['failed', late],
          api: ['failed', /no first byte in time/u],
          worker: ['failed', /no first byte in time/u],
          dns: ['failed', /no answer in time/u],
          storage: ['failed', late],
          // The kernel goes on to take connections for a process that stands still: why a port alone proves nothing.
          tcp: ['ok'],
        });
      } finally {
        signal('SIGCONT');
      }
      await allWell();
    },
    patientMs,
  );

  it(
    'wrong answers: each says what is wrong, and never what was in the answer',
    async () => {
      try {
        await world.mode('wrong');
        await world.answer('192.0.2.66');
        await world.redisRole('replica');
        await world.postgres.member.query('alter database novacron set default_transaction_read_only = on');
        await expectSeen('primary', {
          api: ['failed', /another \/status than expected/u],
          worker: ['failed', /the last sign of life of a worker/u],
          dns: ['failed', /answers 192\.0\.2\.66 for app\.example\.org/u],
          redis: ['failed', /a standby, not a primary|replica/u],
          canary: ['failed', /a primary that takes no writes/u],
          postgres: ['ok'],
          sql: ['ok'],
        });
        await world.mode('broken');
        await expectSeen('primary', { api: ['failed', /answered with status 500/u] });
        await world.mode('stuck');
        await expectSeen('primary', { api: ['ok'], worker: ['degraded', /work has waited for 9000000 ms/u] });
      } finally {
        await world.mode('well');
        await world.answer('192.0.2.7');
        await world.redisRole('master');
        await world.postgres.member.query(
          'set transaction read write; alter database novacron reset default_transaction_read_only',
        );
      }
      await allWell();
    },
    patientMs,
  );

  it(
    'a key that is refused is our own fault: degraded, and not a failed store',
    async () => {
      try {
        world.storageSecret('another secret');
        await expectSeen('primary', { storage: ['degraded'] });
      } finally {
        world.storageSecret('s3-test-secret');
      }
      await allWell();
    },
    patientMs,
  );

  it(
    'a name that nobody can resolve fails, and says which',
    async () => {
      await expectSeen('primary', { unresolved: ['failed', /app\.nowhere\.invalid/u] });
    },
    patientMs,
  );

  const all = (state: 'ok' | 'degraded' | 'failed', evidence: RegExp, others: Expected = {}): Expected => ({
    ...Object.fromEntries(everywhere.map((check) => [check, [state, evidence] as const])),
    ...others,
  });

  const slow = /answered after \d+ ms, slow is above 2500 ms/u;

  it(
    'a way that is slow to begin with: who connects at each look is degraded, who keeps a login is when it logs in',
    async () => {
      try {
        await world.faultWays('slow');
        await Promise.all(keepLogin.map((check) => world.looks('secondary', check, 'degraded', slow)));
        // A canary of PostgreSQL makes two connections, which may be too slow already.
        const { canary: _canary, postgres: _postgres, sql: _sql, ...others } = all('degraded', slow);
        // A connection by itself is there at once, however slow what comes through it.
        await expectSeen('secondary', { ...others, tcp: ['ok'] });
        for (const check of everywhere) expect((await world.seen('primary', check)).opinion).not.toBe('failed');
      } finally {
        await world.faultWays('pass');
      }
      await allWell();
    },
    patientMs,
  );

  it.each<[Fault, Expected]>([
    ['refuse', all('failed', gone)],
    ['hang', all('failed', late, { tcp: ['ok'] })],
    ['garbled', all('failed', /./u, { tcp: ['ok'] })],
  ])(
    'a way of fault %s: each check of what is behind it says so, nothing else does, and all is well afterwards',
    async (fault, expected) => {
      try {
        await world.faultWays(fault);
        await expectSeen('secondary', expected);
        for (const check of everywhere) expect((await world.seen('primary', check)).opinion).not.toBe('failed');
      } finally {
        await world.faultWays('pass');
      }
      await allWell();
    },
    patientMs,
  );
});

import { eventually } from '@novacron/bus/testing';
import { RedisMember, requireProgram } from '@novacron/drivers';
import { type RedisServer, startRedis } from '@novacron/drivers/testing';
import { look } from '../testing/look.js';
import { type RedisExpectation, RedisProbe } from './redis.js';

describe('the redis check', () => {
  let master: RedisServer;
  let replica: RedisServer;
  const probe = (
    server: RedisServer,
    expected: Partial<RedisExpectation> = {},
    password = 'test-password',
  ): RedisProbe =>
    new RedisProbe(async () => new RedisMember({ name: 'redis', host: '127.0.0.1', port: server.port, password }), {
      timeoutMs: 2_000,
      ...expected,
    });

  beforeAll(async () => {
    const program = requireProgram('redisServer');
    // An idle master speaks to its replicas once a second, so that silence is noticed soon.
    master = await startRedis(program, { 'repl-ping-replica-period': '1' });
    replica = await startRedis(program);
    await replica.member.follow('127.0.0.1', master.port);
  });

  afterAll(async () => {
    await replica?.stop();
    await master?.stop();
  });

  it('is well with a master and a replica, each in its role', async () => {
    expect(await look(probe(master))).toEqual({});
    expect(await look(probe(master, { role: 'primary', maxLagMs: 5_000 }))).toEqual({});
    expect(await look(probe(replica, { role: 'standby', maxLagMs: 5_000 }))).toEqual({});
    await expect(look(probe(replica, { role: 'primary' }))).rejects.toThrow('it is a standby, not a primary');
  });

  it('does not take a refused password for a failed server', async () => {
    await expect(look(probe(master, {}, 'wrong'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('does not wait for a server that is stopped, and notices that its replica hears nothing', async () => {
    master.kill('SIGSTOP');
    try {
      await expect(look(probe(master), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
      await eventually(async () => (await look(probe(replica, { maxLagMs: 1_500 }))).degraded, {
        timeoutMs: 20_000,
        what: 'silence of the master',
      });
      expect((await look(probe(replica, { maxLagMs: 1_500 }))).degraded).toMatch(/has heard nothing from its master/u);
      expect(await look(probe(replica))).toEqual({});
    } finally {
      master.kill('SIGCONT');
    }
  });

  it('fails with a server that is not there, and is degraded for a replica that lost it', async () => {
    master.kill();
    await expect(look(probe(master))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await eventually(
      async () => (await look(probe(replica, { maxLagMs: 60_000 }))).degraded === 'it is cut off from its master',
      { timeoutMs: 20_000 },
    );
  });
});

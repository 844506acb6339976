import 'reflect-metadata';
import { Kvm } from '@nats-io/kv';
import { epochKey } from '@novacron/bus';
import { eventually } from '@novacron/bus/testing';
import { buckets } from '@novacron/contracts';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;

describe('a failover by hand while there is no bus (docs/operations.md)', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  /** As `nats kv put` does it. */
  const writeDown = async (epoch: object): Promise<number> => {
    const bucket = await new Kvm(world.bus.jetstream).open(buckets.epochs.name, { allow_direct: false });
    return bucket.put(epochKey('novacron'), JSON.stringify(epoch));
  };

  it(
    'is taken over by the service once the record of the epoch says so, and the old primary stays away',
    async () => {
      world = await FailoverWorld.start();
      const { primary, secondary } = world;
      await primary.member.query('create table kept (n int primary key)');
      await primary.member.query('insert into kept select generate_series(1, 100)');
      await world.stopService();
      await world.nats.kill();
      await primary.kill();

      for (const statement of [
        `alter system set synchronous_standby_names = ''`,
        'select pg_reload_conf()',
        'select pg_promote(true, 60)',
        'checkpoint',
      ]) {
        await secondary.member.query(statement);
      }
      await secondary.member.query('insert into kept values (101)');

      await world.nats.restart();
      const now = { epoch: 2, site: 'secondary', operationId: 'by-hand', at: new Date().toISOString() };
      await eventually(() => writeDown(now).catch(() => undefined), { what: 'the bus', timeoutMs: 60_000 });
      await world.startService();

      const status = () => world.status().catch(() => undefined);
      expect((await eventually(status, { what: 'the service', timeoutMs: 60_000 }))['epoch']).toMatchObject(now);
      await eventually(async () => (await world.replication())['seenAt'] !== undefined, { timeoutMs: 60_000 });
      // By its init system, and no start guard was asked.
      await primary.member.start();
      expect(await world.event('epoch-enforced')).toMatchObject({
        ...{ site: 'secondary', epoch: now.epoch, corrections: [{ target: 'database novacron on primary' }] },
      });
      await expect(primary.member.status()).rejects.toMatchObject({ code: 'UNREACHABLE' });
      await secondary.member.query('insert into kept values (102)');
      expect(await secondary.member.query('select count(*)::int as n from kept')).toEqual([{ n: 102 }]);
    },
    limitMs,
  );
});

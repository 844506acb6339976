import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@novacron/bus/testing';
import { FailoverWorld } from './testing/failover-world.js';

/** Servers start slowly on a busy machine. */
const limitMs = 240_000;
/** A failover that nothing holds up has long promoted by then. */
const lookedAtForMs = 6_000;

describe('a failover service without its bus', () => {
  let world: FailoverWorld;

  afterEach(async () => {
    await world?.stop();
  }, limitMs);

  const staysStandby = async (): Promise<void> => {
    for (const until = Date.now() + lookedAtForMs; Date.now() < until; await sleep(200))
      expect((await world.secondary.member.status()).inRecovery).toBe(true);
  };
  it(
    'promotes nothing, acts on the truth once the bus is back, and freezes what it was doing when the bus goes again',
    async () => {
      world = await FailoverWorld.start();
      const { member } = world.primary;
      await member.query('create table kept (n int primary key)');
      await member.query('insert into kept select generate_series(1, 100)');
      await world.nats.kill();
      await world.primary.kill();
      await staysStandby();

      await world.nats.restart();
      const { epoch, operations } = await eventually(() => world.status(), { timeoutMs: 60_000 });
      expect(epoch).toMatchObject({ epoch: 1, site: 'primary' });
      expect(operations).toEqual([]);

      const chosen = new Promise<void>((resolve, reject) => {
        world.bus.connection.subscribe('dr.novacron.operation.*', {
          callback: (_error, message) => {
            if (/"kind":"done".*"step":"choose-standby"/u.test(message.string()))
              world.nats.kill().then(resolve, reject);
          },
        });
      });
      await world.say('failed');
      await chosen;
      await staysStandby();

      await world.nats.restart();
      await eventually(
        async () => {
          const { epoch: now, operations: all } = await world.status();
          const [operation] = all as { state: string }[];
          return operation?.state === 'completed' && (now as { epoch: number }).epoch === 2;
        },
        { what: 'the end of the operation', timeoutMs: 120_000 },
      );
      expect(await world.secondary.member.status()).toMatchObject({ inRecovery: false, timeline: 2 });
      const [row] = await world.secondary.member.query<{ n: number }>('select count(*)::int as n from kept');
      expect(row?.n).toBe(100);
    },
    limitMs,
  );
});

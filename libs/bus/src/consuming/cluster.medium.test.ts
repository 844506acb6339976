import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from '../bus.js';
import { DeadLetterWriter } from '../dead-letters/dead-letter-writer.js';
import { testRegistry, ThingChanged } from '../testing/contracts.js';
import { eventually, type NatsProcess, type RunningNats, startNatsServer } from '../testing/index.js';
import { connectTestBus } from '../testing/test-bus.js';
import { Consumption } from './consumption.js';
import { deliver } from './deliver.js';

const perSecond = 200;

describe('three servers', () => {
  let nats: RunningNats;
  let publisher: Bus;
  let consumer: Bus;
  let consumption: Consumption;
  const handled = new Map<number, number>();

  beforeAll(async () => {
    nats = await startNatsServer({ cluster: 3 });
    publisher = await connectTestBus(nats.url, { replicas: 3 });
    consumer = await connectTestBus(nats.url, { service: 'backup' });
    const [contract] = testRegistry.events;
    if (contract === undefined) throw new Error('no contract');
    consumption = new Consumption({
      bus: consumer,
      deadLetters: new DeadLetterWriter(consumer),
      stream: 'DR_EVENTS',
      durable: 'backup__thing-changed',
      prepare: (message) => {
        const { delivered } = deliver(message, contract, testRegistry);
        const { number } = delivered.data as ThingChanged;
        return { key: delivered.entity, run: async () => void handled.set(number, (handled.get(number) ?? 0) + 1) };
      },
    });
    consumption.start();
  }, 120_000);

  afterAll(async () => {
    await nats?.restart();
    await consumption?.stop();
    await Promise.all([publisher?.close(), consumer?.close()]);
    await nats?.stop();
  });

  const leader = async (): Promise<NatsProcess | undefined> => {
    const manager = await jetstreamManager(publisher.connection);
    const { cluster } = await manager.streams.info('DR_EVENTS');
    return nats.servers.find((server) => server.name === cluster?.leader);
  };

  it('keep and deliver every acknowledged event while each in turn is killed, the leader first', async () => {
    const acknowledged = new Set<number>();
    const publishing: Promise<void>[] = [];
    let next = 0;
    const timer = setInterval(() => {
      for (let count = 0; count < perSecond / 20; count += 1) {
        const number = next;
        next += 1;
        const event = new ThingChanged({ thing: `t${number % 50}`, number });
        publishing.push(
          publisher.publish(event, { id: `n-${number}`, timeoutMs: 60_000 }).then(() => void acknowledged.add(number)),
        );
      }
    }, 50);

    const first = await eventually(leader);
    const others = nats.servers.filter((server) => server !== first);
    for (const server of [first, ...others]) {
      await sleep(500);
      await server.kill();
      const before = acknowledged.size;
      await eventually(() => acknowledged.size > before + perSecond, { timeoutMs: 30_000, what: 'publishing goes on' });
      await server.restart();
      await eventually(
        async () => {
          const manager = await jetstreamManager(publisher.connection);
          const { cluster } = await manager.streams.info('DR_EVENTS');
          return cluster?.replicas?.every((replica) => replica.current && !replica.offline);
        },
        { timeoutMs: 30_000, what: 'the restarted server has caught up' },
      );
    }
    clearInterval(timer);
    await Promise.all(publishing);

    expect(acknowledged.size).toBe(next);
    await eventually(() => handled.size === next, { timeoutMs: 30_000, what: 'every acknowledged event is handled' });
    const manager = await jetstreamManager(publisher.connection);
    expect((await manager.streams.info('DR_EVENTS')).state.messages).toBe(next);
  }, 180_000);

  it('give publishers an error without a quorum, and go on by themselves with one', async () => {
    const [, second, third] = nats.servers;
    await Promise.all([second?.kill(), third?.kill()]);
    const lost = publisher.publish(new ThingChanged({ thing: 'q', number: 1_000_000 }), {
      id: 'q-1',
      timeoutMs: 3_000,
    });
    await expect(lost).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });

    await Promise.all([second?.restart(), third?.restart()]);

    await publisher.publish(new ThingChanged({ thing: 'q', number: 1_000_000 }), { id: 'q-1', timeoutMs: 60_000 });
    await eventually(() => handled.get(1_000_000) === 1, { timeoutMs: 30_000 });
  }, 120_000);
});

import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerInfo, jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from '../bus.js';
import { DeadLetterWriter } from '../dead-letters/dead-letter-writer.js';
import { DeadLetters } from '../dead-letters/dead-letters.js';
import { ThingChanged } from '../testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { connectTestBus } from '../testing/test-bus.js';
import { Consumption } from './consumption.js';

const durable = 'backup__thing-changed';
const ackWaitMs = 1_000;

describe('consumption', () => {
  let nats: RunningNats;
  let bus: Bus;
  let publisher: Bus;
  let running: Consumption[] = [];

  beforeEach(async () => {
    nats = await startNatsServer();
    bus = await connectTestBus(nats.url, { service: 'backup' });
    publisher = await connectTestBus(nats.url);
    const manager = await jetstreamManager(bus.connection);
    await manager.consumers.update('DR_EVENTS', durable, { ack_wait: ackWaitMs * 1_000_000 });
    running = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    await Promise.all([bus.close(), publisher.close()]);
    await nats.stop();
  });

  const consume = (
    handle: (sequence: number, signal: AbortSignal) => Promise<void>,
    limits: { readonly window?: number; readonly maxHandlingMs?: number } = {},
  ): Consumption => {
    const consumption = new Consumption({
      bus,
      deadLetters: new DeadLetterWriter(bus),
      stream: 'DR_EVENTS',
      durable,
      ackWaitMs,
      ...limits,
      prepare: (message) => ({
        key: message.subject,
        run: (signal) => handle(message.info.streamSequence, signal),
      }),
    });
    running.push(consumption);
    consumption.start();
    return consumption;
  };

  const info = async (): Promise<ConsumerInfo> => {
    const manager = await jetstreamManager(bus.connection);
    return manager.consumers.info('DR_EVENTS', durable);
  };

  const publish = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) {
      await publisher.publish(new ThingChanged({ thing: `t${number}`, number }));
    }
  };

  it('keeps a message while its handler works, longer than the server would wait', async () => {
    const seen: number[] = [];
    consume(async (sequence) => {
      seen.push(sequence);
      await sleep(ackWaitMs * 3);
    });

    await publish(1);
    await eventually(async () => (await info()).ack_floor.stream_seq === 1, { timeoutMs: 10_000 });

    expect(seen).toEqual([1]);
  });

  it('ends an attempt that takes too long, tells its handler, and tries again', async () => {
    const aborted: unknown[] = [];
    consume(
      async (_sequence, signal) => {
        if (aborted.length > 0) return;
        await once(signal, 'abort');
        aborted.push(signal.reason);
        await new Promise(() => {});
      },
      { maxHandlingMs: 300 },
    );

    await publish(1);
    await eventually(async () => (await info()).ack_floor.stream_seq === 1, { timeoutMs: 10_000 });

    expect(aborted).toMatchObject([{ code: 'TIMEOUT' }]);
  });

  it('asks for no more than it can hold, so that others get their part', async () => {
    const gate = new EventEmitter();
    gate.setMaxListeners(0);
    let open = false;
    let inHand = 0;
    let most = 0;
    consume(
      async () => {
        inHand += 1;
        most = Math.max(most, inHand);
        if (!open) await once(gate, 'open');
        inHand -= 1;
      },
      { window: 4 },
    );
    await publish(12);
    await eventually(() => inHand === 4);
    const taken = new Set<number>();
    consume(async (sequence) => void taken.add(sequence), { window: 4 });

    // A message of the first that a busy machine was late to keep may be among them.
    await eventually(() => taken.size >= 8, { timeoutMs: 30_000 });
    open = true;
    gate.emit('open');

    await eventually(async () => (await info()).ack_floor.stream_seq === 12, { timeoutMs: 30_000 });
    expect(most).toBe(4);
  });

  it('hands over to another process when its own dies', async () => {
    const first = consume(() => new Promise(() => {}));
    await publish(3);
    await eventually(async () => (await info()).num_ack_pending === 3);
    // As after kill -9: nothing is given back, no heartbeat is sent.
    await bus.connection.close();
    await expect(Promise.race([first.stop(), sleep(100, 'hangs')])).resolves.toBe('hangs');
    running = [];

    bus = await connectTestBus(nats.url, { service: 'backup', instance: '2' });
    const seen = new Set<number>();
    consume(async (sequence) => void seen.add(sequence));

    await eventually(() => seen.size === 3, { timeoutMs: 10_000 });
    expect(await (await DeadLetters.open(bus)).list()).toEqual([]);
  });
});

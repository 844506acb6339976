import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { DrError } from '@novacron/contracts';
import type { Bus } from './bus.js';
import { withAmbient } from './envelope/ambient.js';
import { headerMap } from './envelope/cloud-event.js';
import { DoThing, ThingChanged, ThingSeen } from './testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from './testing/index.js';
import { connectTestBus } from './testing/test-bus.js';

describe('the bus', () => {
  let nats: RunningNats;
  let bus: Bus;

  beforeAll(async () => {
    nats = await startNatsServer();
    bus = await connectTestBus(nats.url);
  });

  afterAll(async () => {
    await bus?.close();
    await nats?.stop();
  });

  const stored = async (
    sequence: number,
  ): Promise<{ subject: string; headers: Map<string, string>; body: unknown }> => {
    const manager = await jetstreamManager(bus.connection);
    const message = await manager.streams.getMessage('DR_EVENTS', { seq: sequence });
    if (message === null) throw new Error('not stored');
    return { subject: message.subject, headers: headerMap(message.header), body: message.json() };
  };

  it('stores an event as a CloudEvent with a readable body', async () => {
    const { sequence, duplicate } = await bus.publish(new ThingChanged({ thing: 'böse sache', number: 1 }), {
      correlationId: 'incident-1',
    });

    const found = await stored(sequence);
    expect(duplicate).toBe(false);
    expect(found.subject).toBe('dr.test.event.failover.thing-changed.b_se_sache');
    expect(found.body).toEqual({ thing: 'böse sache', number: 1 });
    expect(found.headers.get('ce-specversion')).toBe('1.0');
    expect(found.headers.get('ce-type')).toBe('io.novacron.dr.ThingChanged.v1');
    expect(found.headers.get('ce-source')).toBe('/test/failover');
    expect(found.headers.get('ce-subject')).toBe('b%C3%B6se%20sache');
    expect(found.headers.get('ce-correlationid')).toBe('incident-1');
    expect(found.headers.get('nats-msg-id')).toBe(found.headers.get('ce-id'));
    expect(found.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/u);
  });

  it('stores an event once, however often it is said with one id', async () => {
    const event = new ThingChanged({ thing: 'a', number: 2 });

    const first = await bus.publish(event, { id: 'op-1:step-1:1' });
    const again = await bus.publish(event, { id: 'op-1:step-1:1' });

    expect(again).toEqual({ sequence: first.sequence, duplicate: true });
  });

  it('refuses an event that does not keep its contract, by field', async () => {
    const wrong = new ThingChanged({ thing: 'a', number: -1 });
    Object.assign(wrong, { secret: 'x' });

    const error = await bus.publish(wrong).catch((caught: unknown) => caught);

    expect(DrError.is(error) && error.code).toBe('INVALID_MESSAGE');
    expect(DrError.is(error) && error.details.map((detail) => detail.path).sort()).toEqual(['number', 'secret']);
  });

  it('goes on with the correlation and trace of what is being handled', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

    const ambient = { correlationId: 'c-9', causationId: 'e-9', traceparent: trace, tracestate: 'vendor=of the trace' };
    const { sequence } = await withAmbient(ambient, () => bus.publish(new ThingChanged({ thing: 'a', number: 3 })));

    const found = await stored(sequence);
    expect(found.headers.get('ce-correlationid')).toBe('c-9');
    expect(found.headers.get('ce-causationid')).toBe('e-9');
    expect(found.headers.get('traceparent')).toMatch(new RegExp(`^00-${'a'.repeat(32)}-(?!${'b'.repeat(16)})`, 'u'));
    expect(found.headers.get('tracestate')).toBe('vendor=of the trace');
  });

  it('says which service does not answer', async () => {
    await expect(bus.request(new DoThing({ thing: 'a' }))).rejects.toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
      message: 'no instance of backup answers dr.test.command.backup.do-thing',
    });
  });

  it('throws the error of an error reply, whole', async () => {
    const subscription = bus.connection.subscribe('dr.test.command.backup.do-thing', {
      callback: (_error, message) => {
        const out = headers();
        out.set('Nats-Service-Error-Code', '409');
        out.set('Nats-Service-Error', 'busy');
        const body = new DrError('OPERATION_RUNNING', 'busy', { details: [{ path: 'operationId', problem: 'op-7' }] });
        message.respond(JSON.stringify(body.toReply()), { headers: out });
      },
    });

    await expect(bus.request(new DoThing({ thing: 'a' }))).rejects.toMatchObject({
      code: 'OPERATION_RUNNING',
      details: [{ path: 'operationId', problem: 'op-7' }],
    });
    subscription.unsubscribe();
  });

  it('passes observations to whoever listens and keeps them', async () => {
    const seen: ThingSeen[] = [];
    const subscription = bus.subscribeObservations(ThingSeen, (sample) => seen.push(sample));
    bus.connection.publish('dr.test.observation.a.b.c', 'not json');

    bus.observe(new ThingSeen({ vantage: 'alpha', site: 'primary', check: 'postgres' }));

    await eventually(() => seen.length === 1);
    expect(seen[0]).toBeInstanceOf(ThingSeen);
    await eventually(async () => {
      const manager = await jetstreamManager(bus.connection);
      return (await manager.streams.info('DR_OBSERVATIONS')).state.messages >= 1;
    });
    subscription.unsubscribe();
  });
});

describe('a publish that was promised', () => {
  it('is stored once although the server is killed and comes back', async () => {
    const nats = await startNatsServer();
    const bus = await connectTestBus(nats.url);
    try {
      const promises: Promise<{ sequence: number; duplicate: boolean }>[] = [];
      for (let number = 0; number < 200; number += 1) {
        promises.push(bus.publish(new ThingChanged({ thing: 'a', number }), { id: `n-${number}` }));
        if (number === 100) await nats.kill();
      }
      await nats.restart();

      const acknowledged = await Promise.all(promises);

      const sequences = new Set(acknowledged.map((ack) => ack.sequence));
      expect(sequences.size).toBe(200);
      const manager = await jetstreamManager(bus.connection);
      expect((await manager.streams.info('DR_EVENTS')).state.messages).toBe(200);
    } finally {
      await bus.close();
      await nats.stop();
    }
  });

  it('fails as retryable when the bus does not come back', async () => {
    const nats = await startNatsServer();
    const bus = await connectTestBus(nats.url);
    await nats.kill();

    const publish = bus.publish(new ThingChanged({ thing: 'a', number: 1 }), { timeoutMs: 1_000 });

    await expect(publish).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
    expect(bus.connected).toBe(false);
    await bus.close();
    await nats.stop();
  });
});

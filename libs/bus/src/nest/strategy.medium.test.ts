import 'reflect-metadata';
import { EventEmitter, once } from 'node:events';
import { jetstreamManager } from '@nats-io/jetstream';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { type Delivered, DrError } from '@novacron/contracts';
import { map, type Observable } from 'rxjs';
import type { Bus } from '../bus.js';
import { currentAmbient } from '../envelope/ambient.js';
import { headerMap } from '../envelope/cloud-event.js';
import { DoThing, ThingChanged, ThingDone, ThingMoved } from '../testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { connectTestBus } from '../testing/test-bus.js';
import { MessageContext } from './message-context.js';
import { connectStrategy } from './original-error.js';
import { JetStreamStrategy } from './strategy.js';

/** What the handler under test does with each event, and what it has seen. */
const script: { onChanged: (event: Delivered<ThingChanged>, context: MessageContext) => Promise<void> } = {
  onChanged: async () => {},
};
const moved: number[] = [];
let onMoved: (event: Delivered<ThingMoved>) => Promise<void> = async () => {};

class RefuseForbidden implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToRpc().getData<DoThing>().thing !== 'forbidden';
  }
}

class Shout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<ThingDone>): Observable<ThingDone> {
    return next.handle().pipe(map((reply) => new ThingDone({ thing: reply.thing.toUpperCase() })));
  }
}

@Controller()
class Things {
  @EventPattern(ThingChanged)
  async onChanged(@Payload() event: Delivered<ThingChanged>, @Ctx() context: MessageContext): Promise<void> {
    await script.onChanged(event, context);
  }

  @EventPattern(ThingMoved)
  async onMoved(event: Delivered<ThingMoved>): Promise<void> {
    await onMoved(event);
    moved.push(event.data.number);
  }

  @MessagePattern(DoThing)
  @UseGuards(new RefuseForbidden())
  @UseInterceptors(new Shout())
  @UsePipes(new ValidationPipe({ whitelist: true }))
  doThing(@Payload() request: DoThing): Promise<ThingDone> {
    if (request.thing === 'busy') {
      return Promise.reject(
        new DrError('OPERATION_RUNNING', 'busy', { details: [{ path: 'operationId', problem: 'op-7' }] }),
      );
    }
    if (request.thing === 'bug') return Promise.reject(new TypeError('no such property'));
    return Promise.resolve(new ThingDone({ thing: `${request.thing} ${currentAmbient()?.correlationId ?? ''}` }));
  }
}

async function ask(bus: Bus, verb: string): Promise<Record<string, unknown>> {
  return (await bus.connection.request(`$SRV.${verb}.backup`, '')).json();
}

describe('handlers on the bus', () => {
  let nats: RunningNats;
  let publisher: Bus;
  let consumer: Bus;
  let app: INestApplication;
  let strategy: JetStreamStrategy;

  const start = async (): Promise<void> => {
    const module = await Test.createTestingModule({ controllers: [Things] }).compile();
    app = module.createNestApplication({ logger: false });
    strategy = new JetStreamStrategy({ bus: consumer, version: '1.2.3' });
    connectStrategy(app, strategy);
    await app.init();
    await app.startAllMicroservices();
  };

  beforeAll(async () => {
    nats = await startNatsServer();
    publisher = await connectTestBus(nats.url);
    consumer = await connectTestBus(nats.url, { service: 'backup' });
    await start();
  });

  beforeEach(() => {
    script.onChanged = async () => {};
  });

  afterAll(async () => {
    await app?.close();
    await publisher?.close();
    await consumer?.close();
    await nats?.stop();
  });

  const deadLetters = async (): Promise<Map<string, string>[]> => {
    const manager = await jetstreamManager(publisher.connection);
    const { state } = await manager.streams.info('DR_DEAD_LETTERS');
    const found: Map<string, string>[] = [];
    for (let sequence = state.first_seq; sequence > 0 && sequence <= state.last_seq; sequence += 1) {
      const message = await manager.streams.getMessage('DR_DEAD_LETTERS', { seq: sequence });
      if (message !== null) found.push(headerMap(message.header).set('subject', message.subject));
    }
    return found;
  };

  const unacknowledged = async (durable: string): Promise<number> => {
    const manager = await jetstreamManager(publisher.connection);
    const info = await manager.consumers.info('DR_EVENTS', durable);
    return info.num_ack_pending + info.num_pending;
  };

  it('give an event with its envelope and acknowledge it after the effect', async () => {
    const seen: { event: Delivered<ThingChanged>; context: MessageContext; correlation: string | undefined }[] = [];
    script.onChanged = async (event, context) => {
      seen.push({ event, context, correlation: currentAmbient()?.correlationId });
    };

    await publisher.publish(new ThingChanged({ thing: 'a', number: 1, note: 'n' }), {
      id: 'first',
      correlationId: 'c-1',
    });
    await eventually(() => seen.length === 1);

    const [one] = seen;
    expect(one?.event).toMatchObject({
      id: 'first',
      type: 'io.novacron.dr.ThingChanged.v1',
      source: '/test/failover',
      entity: 'a',
      correlationId: 'c-1',
      deliveries: 1,
    });
    expect(one?.event.data).toBeInstanceOf(ThingChanged);
    expect(one?.context).toBeInstanceOf(MessageContext);
    expect(one?.context.delivered).toBe(one?.event);
    expect(one?.correlation).toBe('c-1');
    await eventually(async () => (await unacknowledged('backup__thing-changed')) === 0);
  });

  it('try again what may succeed later, and handle it then', async () => {
    const deliveries: number[] = [];
    script.onChanged = async (event) => {
      deliveries.push(event.deliveries);
      if (event.deliveries < 2) throw new DrError('UNREACHABLE', 'not there yet');
    };

    await publisher.publish(new ThingChanged({ thing: 'retry', number: 1 }));

    await eventually(() => deliveries.length === 2);
    expect(deliveries).toEqual([1, 2]);
    await eventually(async () => (await unacknowledged('backup__thing-changed')) === 0);
  });

  it('dead-letter once what no retry can help, with its reason and trace', async () => {
    let calls = 0;
    script.onChanged = async () => {
      calls += 1;
      throw new DrError('PRECONDITION_FAILED', 'the site is gone');
    };
    const before = (await deadLetters()).length;

    const { sequence } = await publisher.publish(new ThingChanged({ thing: 'lost', number: 1 }), {
      correlationId: 'c-2',
    });

    await eventually(
      async () => (await unacknowledged('backup__thing-changed')) === 0 && (await deadLetters()).length > before,
    );
    const [dead, ...more] = (await deadLetters()).slice(before);
    expect(more).toEqual([]);
    expect(calls).toBe(1);
    expect(dead?.get('subject')).toBe('dr.test.dead-letter.backup.thing-changed');
    expect(dead?.get('dr-dlq-code')).toBe('PRECONDITION_FAILED');
    expect(dead?.get('dr-dlq-reason')).toBe('the%20site%20is%20gone');
    expect(dead?.get('dr-dlq-seq')).toBe(String(sequence));
    expect(dead?.get('dr-dlq-consumer')).toBe('backup__thing-changed');
    expect(dead?.get('ce-correlationid')).toBe('c-2');
    expect(dead?.get('traceparent')).toMatch(/^00-/u);
  });

  it('keep the order of ordered events through a retry', async () => {
    let failed = false;
    onMoved = async (event) => {
      if (event.data.number === 1 && !failed) {
        failed = true;
        throw new DrError('UNREACHABLE', 'once');
      }
    };
    for (let number = 0; number < 5; number += 1) await publisher.publish(new ThingMoved({ thing: 'm', number }));

    await eventually(() => moved.length === 5);
    expect(moved).toEqual([0, 1, 2, 3, 4]);
    expect(failed).toBe(true);
  });

  it('answer commands with guards, pipes and interceptors around them', async () => {
    const reply = await publisher.request<ThingDone>(new DoThing({ thing: 'x' }), { correlationId: 'c-3' });

    expect(reply).toBeInstanceOf(ThingDone);
    expect(reply.thing).toBe('X C-3');
  });

  it("answer with the handler's own error", async () => {
    await expect(publisher.request(new DoThing({ thing: 'busy' }))).rejects.toMatchObject({
      code: 'OPERATION_RUNNING',
      message: 'busy',
      details: [{ path: 'operationId', problem: 'op-7' }],
    });
    await expect(publisher.request(new DoThing({ thing: 'bug' }))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'no such property',
    });
    await expect(publisher.request(new DoThing({ thing: 'forbidden' }))).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      retryable: false,
    });
  });

  it('refuse an unknown field of a command by its name, in the way of the service protocol', async () => {
    const reply = await publisher.connection.request('dr.test.command.backup.do-thing', '{"thing":"a","nope":1}');

    expect(reply.headers?.get('Nats-Service-Error-Code')).toBe('400');
    expect(reply.headers?.get('Nats-Service-Error')).toBe('DoThing is not valid: nope is not a known field');
    expect(reply.json()).toMatchObject({
      code: 'INVALID_MESSAGE',
      retryable: false,
      details: [{ path: 'nope', problem: 'is not a known field' }],
    });
  });

  it('treat an empty body as an empty object', async () => {
    const reply = await publisher.connection.request('dr.test.command.backup.do-thing', '');

    expect(reply.json<{ details: { path: string }[] }>().details.map((detail) => detail.path)).toEqual(['thing']);
  });

  it('are found by the NATS service protocol', async () => {
    const ping = await ask(publisher, 'PING');
    expect(ping).toEqual({
      type: 'io.nats.micro.v1.ping_response',
      name: 'backup',
      id: expect.stringMatching(/^[0-9a-f]{22}$/u),
      version: '1.2.3',
      metadata: { estate: 'test', instance: '1' },
    });
    expect(await ask(publisher, 'INFO')).toMatchObject({
      type: 'io.nats.micro.v1.info_response',
      endpoints: [{ name: 'command-do-thing', subject: 'dr.test.command.backup.do-thing', queue_group: 'q' }],
    });
    const stats = await ask(publisher, 'STATS');
    expect(stats).toMatchObject({ type: 'io.nats.micro.v1.stats_response', started: expect.any(String) });
    const [endpoint] = stats['endpoints'] as Record<string, number | string>[];
    expect(endpoint?.['num_requests']).toBeGreaterThan(3);
    expect(endpoint?.['num_errors']).toBeGreaterThan(2);
    expect(endpoint?.['processing_time']).toBeGreaterThan(0);
    expect(endpoint?.['last_error']).toMatch(/^\d+:/u);
  });

  it('finish what they hold when the application closes, and give back what has not begun', async () => {
    let begun = 0;
    let ended = 0;
    const gate = new EventEmitter();
    script.onChanged = async () => {
      begun += 1;
      if (begun === 1) await once(gate, 'open');
      ended += 1;
    };
    // One entity: the first is being handled, the others wait behind it.
    for (let number = 0; number < 5; number += 1) await publisher.publish(new ThingChanged({ thing: 'close', number }));
    await eventually(() => begun === 1);

    // As a service does it: Nest closes its transports only after the hooks of its modules.
    const closed = strategy.close();
    gate.emit('open');
    await closed;
    await app.close();

    expect([begun, ended]).toEqual([1, 1]);
    expect(await unacknowledged('backup__thing-changed')).toBe(4);
    await start();
    await eventually(() => ended === 5, { timeoutMs: 5_000 });
  });

  it('go on after the server was killed and came back', async () => {
    const seen = new Set<number>();
    script.onChanged = async (event) => void seen.add(event.data.number);
    for (let number = 0; number < 50; number += 1)
      await publisher.publish(new ThingChanged({ thing: `k${number}`, number }));
    await nats.kill();
    await nats.restart();
    for (let number = 50; number < 100; number += 1)
      await publisher.publish(new ThingChanged({ thing: `k${number}`, number }));

    await eventually(() => seen.size === 100, { timeoutMs: 30_000 });
    await expect(publisher.request(new DoThing({ thing: 'back' }))).resolves.toBeInstanceOf(ThingDone);
  });
});

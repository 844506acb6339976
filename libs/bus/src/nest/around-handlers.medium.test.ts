import 'reflect-metadata';
import { jetstreamManager } from '@nats-io/jetstream';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { Delivered } from '@novacron/contracts';
import { finalize, type Observable, of } from 'rxjs';
import type { Bus } from '../bus.js';
import { DoThing, ThingChanged, ThingDone } from '../testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { connectTestBus } from '../testing/test-bus.js';
import { connectStrategy } from './original-error.js';
import { JetStreamStrategy } from './strategy.js';

const around: string[] = [];

class NotForbidden implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToRpc().getData<Delivered<ThingChanged>>().data.thing !== 'forbidden';
  }
}

class Told implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { id } = context.switchToRpc().getData<Delivered<ThingChanged>>();
    around.push(`before ${id}`);
    return next.handle().pipe(finalize(() => around.push(`after ${id}`)));
  }
}

class OnlySmall implements PipeTransform<Delivered<ThingChanged>> {
  transform(event: Delivered<ThingChanged>): Delivered<ThingChanged> {
    const { thing, number } = event.data;
    return { ...event, data: new ThingChanged({ thing, number: Math.min(9, number) }) };
  }
}

/** Takes range errors for answered, and leaves all others alone. */
@Catch(RangeError)
class Mended implements ExceptionFilter<RangeError> {
  catch(error: RangeError, _host: ArgumentsHost): Observable<unknown> {
    around.push(`filtered ${error.message}`);
    return of(new ThingDone({ thing: 'mended' }));
  }
}

@Controller()
@UseFilters(new Mended())
class Things {
  @EventPattern(ThingChanged)
  @UseGuards(new NotForbidden())
  @UseInterceptors(new Told())
  async onChanged(@Payload(new OnlySmall()) { id, data }: Delivered<ThingChanged>): Promise<void> {
    around.push(`handled ${id} ${data.number}`);
    if (data.thing === 'range') throw new RangeError(id);
  }

  @MessagePattern(DoThing)
  doThing(): ThingDone {
    throw new RangeError('asked');
  }
}

describe('what Nest puts around a handler', () => {
  let nats: RunningNats;
  let publisher: Bus;
  let consumer: Bus;
  let app: INestApplication;

  beforeAll(async () => {
    nats = await startNatsServer();
    publisher = await connectTestBus(nats.url);
    consumer = await connectTestBus(nats.url, { service: 'backup' });
    const module = await Test.createTestingModule({ controllers: [Things] }).compile();
    app = module.createNestApplication({ logger: false });
    connectStrategy(app, new JetStreamStrategy({ bus: consumer, version: '1.0.0' }));
    await app.init();
    await app.startAllMicroservices();
  });
  beforeEach(() => around.splice(0));
  afterAll(async () => {
    await app.close();
    await Promise.all([publisher.close(), consumer.close()]);
    await nats.stop();
  });

  /** Says an event and waits until it is settled; how many dead letters there are then. */
  async function say(id: string, thing: string): Promise<number> {
    const manager = await jetstreamManager(publisher.connection);
    const { sequence } = await publisher.publish(new ThingChanged({ thing, number: 12 }), { id });
    await eventually(async () => {
      const info = await manager.consumers.info('DR_EVENTS', 'backup__thing-changed');
      return info.ack_floor.stream_seq >= sequence;
    });
    return (await manager.streams.info('DR_DEAD_LETTERS')).state.messages;
  }

  it('interceptors and pipes of an event', async () => {
    expect(await say('good', 'a')).toBe(0);
    expect(around).toEqual(['before good', 'handled good 9', 'after good']);
  });

  it('a filter that answers an error: the event is acknowledged, the request answered', async () => {
    expect(await say('range', 'range')).toBe(0);
    expect(around).toEqual(['before range', 'handled range 9', 'filtered range', 'after range']);
    await expect(publisher.request(new DoThing({ thing: 'x' }))).resolves.toMatchObject({ thing: 'mended' });
  });

  it('a guard that refuses an event: it is dead-lettered and never handled', async () => {
    expect(await say('refused', 'forbidden')).toBe(1);
    expect(around).toEqual([]);
  });
});

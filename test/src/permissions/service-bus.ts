import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Bus, JetStreamStrategy, type LogFields, provisionBus, silentLogger } from '@novacron/bus';
import {
  type Contract,
  type EventContract,
  eventContracts,
  type Message,
  requestContracts,
  type ServiceName,
} from '@novacron/contracts';

export const estate = 'permitted';
export const password = 'a-secret';

/** A golden message of a contract, as its class: of a request the shortest, as its reply may depend on what is asked for. */
export function golden(contract: Contract): Message {
  const folder = contract.kind === 'event' ? contract.type : `${contract.kind}.${contract.service}.${contract.verb}`;
  const file = contract.kind === 'event' ? 'full' : 'minimal';
  return new (contract.class as new (fields: object) => Message)(fixture(folder, file));
}

function fixture(folder: string, file: 'full' | 'minimal'): object {
  return JSON.parse(readFileSync(resolve('libs/contracts/fixtures', folder, `${file}.json`), 'utf8')) as object;
}

/** One service as the server sees it: everything that the registry says it does, done under its own name. */
export class ServiceBus {
  readonly handled: EventContract[] = [];

  private constructor(
    readonly service: ServiceName,
    readonly bus: Bus,
    private readonly strategy: JetStreamStrategy,
    /** What NATS refused us, as it was logged. */
    readonly refusals: LogFields[],
  ) {}

  static async start(url: string, service: ServiceName): Promise<ServiceBus> {
    const refusals: LogFields[] = [];
    const logger = {
      ...silentLogger,
      error: (message: string, fields: LogFields = {}) => refusals.push({ message, ...fields }),
    };
    const bus = await connectAs(url, service, logger);
    await provisionBus(bus.connection, { estate });
    const strategy = new JetStreamStrategy({ bus, version: '1.0.0' });
    const started = new ServiceBus(service, bus, strategy, refusals);
    started.handle();
    await new Promise<void>((done, fail) => {
      void strategy.listen((error) => {
        if (error === undefined) done();
        else fail(error instanceof Error ? error : new Error('not started'));
      });
    });
    return started;
  }

  async stop(): Promise<void> {
    await this.strategy.close();
    await this.bus.close();
  }

  private handle(): void {
    for (const contract of eventContracts) {
      if (!contract.consumers.includes(this.service)) continue;
      this.strategy.addHandler(contract.class, async () => void this.handled.push(contract), true);
    }
    for (const { service, class: type, reply } of requestContracts) {
      if (service === this.service)
        this.strategy.addHandler(type, async () => fixture(`reply.${reply.name}`, 'full'), false);
    }
  }
}

export function connectAs(url: string, user: string, logger = silentLogger): Promise<Bus> {
  return Bus.connect({ url, options: { user, pass: password }, service: user, instance: '1', estate, logger });
}

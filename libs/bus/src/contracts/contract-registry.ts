import {
  type Contract,
  DrError,
  type EventContract,
  eventContracts,
  type Message,
  type MessageClass,
  type RequestContract,
  requestContracts,
  type ServiceName,
} from '@novacron/contracts';

/** The messages a bus knows: the house's own by default, a few of a test's own in a test. */
export class ContractRegistry {
  private readonly byClass: ReadonlyMap<unknown, Contract>;
  private readonly byType: ReadonlyMap<string, EventContract>;

  constructor(
    readonly events: readonly EventContract[],
    readonly requests: readonly RequestContract[],
  ) {
    this.byClass = new Map<unknown, Contract>([...events, ...requests].map((contract) => [contract.class, contract]));
    this.byType = new Map(events.map((contract) => [contract.type, contract]));
  }

  /** @throws DrError INTERNAL for a class that is not in the registry. */
  contractOf(type: MessageClass | (new (...args: never[]) => unknown)): Contract {
    const contract = this.byClass.get(type);
    if (contract === undefined) throw new DrError('INTERNAL', `message class ${type.name} is not in the registry`);
    return contract;
  }

  /** @throws DrError INTERNAL when the message is not an event of the registry. */
  eventOf(message: Message): EventContract {
    const contract = this.contractOf(message.constructor as MessageClass);
    if (contract.kind !== 'event')
      throw new DrError('INTERNAL', `${contract.name} is a ${contract.kind}, not an event`);
    return contract;
  }

  /** @throws DrError INTERNAL when the message is neither a command nor a query of the registry. */
  requestOf(message: Message): RequestContract {
    const contract = this.contractOf(message.constructor as MessageClass);
    if (contract.kind === 'event') throw new DrError('INTERNAL', `${contract.name} is an event, not a request`);
    return contract;
  }

  /** The event of a `ce-type`, undefined for one this build does not know. */
  eventByType(type: string): EventContract | undefined {
    return this.byType.get(type);
  }

  eventsConsumedBy(service: ServiceName): EventContract[] {
    return this.events.filter((contract) => contract.consumers.includes(service));
  }
}

/** Every message of the house. */
export const houseRegistry = new ContractRegistry(eventContracts, requestContracts);

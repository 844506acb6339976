import { type EventContract, type Fields, Message, type MessageClass, type RequestContract } from '@novacron/contracts';
import { IsInt, IsOptional, IsString, Min, MinLength } from 'class-validator';
import { ContractRegistry } from '../contracts/contract-registry.js';

/** Something that happened to a thing, in tests of the bus. */
export class ThingChanged extends Message {
  @IsString()
  @MinLength(1)
  thing!: string;

  @IsInt()
  @Min(0)
  number!: number;

  @IsOptional()
  @IsString()
  note?: string;

  constructor(fields: Fields<ThingChanged>) {
    super(fields);
  }
}

/** The same, where order matters. */
export class ThingMoved extends Message {
  @IsString()
  thing!: string;

  @IsInt()
  number!: number;

  constructor(fields: Fields<ThingMoved>) {
    super(fields);
  }
}

export class DoThing extends Message {
  @IsString()
  thing!: string;

  constructor(fields: Fields<DoThing>) {
    super(fields);
  }
}

export class ThingDone extends Message {
  @IsString()
  thing!: string;

  constructor(fields: Fields<ThingDone>) {
    super(fields);
  }
}

export class ThingSeen extends Message {
  @IsString()
  vantage!: string;

  @IsString()
  site!: string;

  @IsString()
  check!: string;

  constructor(fields: Fields<ThingSeen>) {
    super(fields);
  }
}

function eventOf<T extends Message & { thing: string }>(
  type: MessageClass<T>,
  eventName: string,
  ordered: boolean,
): EventContract {
  const contract: EventContract<T> = {
    kind: 'event',
    name: type.name,
    class: type,
    service: 'failover',
    version: 1,
    type: `io.novacron.dr.${type.name}.v1`,
    eventName,
    summary: 'a thing of the tests',
    consumers: ['backup'],
    ordered,
    entity: (data) => data.thing,
  };
  return contract;
}

const doThing: RequestContract = {
  kind: 'command',
  name: 'DoThing',
  class: DoThing,
  service: 'backup',
  verb: 'do-thing',
  reply: ThingDone,
  summary: 'do it',
};

export const testRegistry = new ContractRegistry(
  [eventOf(ThingChanged, 'thing-changed', false), eventOf(ThingMoved, 'thing-moved', true)],
  [doThing],
);

import type { Message, MessageClass } from './message.js';
import type { ServiceName } from './service-name.js';

/** A fact one service publishes: kept in `DR_EVENTS`, delivered at least once to each consumer. */
export interface EventContract<T extends Message = Message> {
  readonly kind: 'event';
  readonly name: string;
  readonly class: MessageClass<T>;
  readonly service: ServiceName;
  readonly version: number;
  /** `ce-type`: `io.novacron.dr.<EventName>.v<N>`. */
  readonly type: string;
  /** The name in kebab-case, as it stands in the subject. */
  readonly eventName: string;
  readonly summary: string;
  readonly consumers: readonly ServiceName[];
  /** True where a consumer must see one such event settled before the next: later ones build on earlier ones. */
  readonly ordered: boolean;
  /** The last token of the subject and `ce-subject`. */
  entity(data: T): string;
}

/** A request to a service: `command` changes something, `query` only reads. */
export interface RequestContract<T extends Message = Message> {
  readonly kind: 'command' | 'query';
  readonly name: string;
  readonly class: MessageClass<T>;
  readonly service: ServiceName;
  readonly verb: string;
  readonly reply: MessageClass;
  /** The reply to a request with `dryRun: true`; absent where there is no such thing. */
  readonly dryRunReply?: MessageClass;
  readonly summary: string;
}

export type Contract = EventContract | RequestContract;

export function kebabCase(name: string): string {
  return name.replace(/(?<lower>[a-z0-9])(?<upper>[A-Z])/gu, '$<lower>-$<upper>').toLowerCase();
}

export function event<T extends Message>(
  type: MessageClass<T>,
  service: ServiceName,
  options: {
    readonly summary: string;
    readonly entity: (data: T) => string;
    readonly consumers: readonly ServiceName[];
    readonly version?: number;
    readonly ordered?: boolean;
  },
): EventContract {
  const version = options.version ?? 1;
  const contract: EventContract<T> = {
    kind: 'event',
    name: type.name,
    class: type,
    service,
    version,
    type: `io.novacron.dr.${type.name}.v${version}`,
    eventName: kebabCase(type.name),
    summary: options.summary,
    consumers: options.consumers,
    ordered: options.ordered ?? false,
    entity: options.entity,
  };
  // The table holds contracts of many classes: each entry is only ever given instances of its own class.
  return contract as unknown as EventContract;
}

export function request(
  kind: 'command' | 'query',
  service: ServiceName,
  verb: string,
  type: MessageClass,
  reply: MessageClass,
  summary: string,
  dryRunReply?: MessageClass,
): RequestContract {
  const contract = { kind, name: type.name, class: type, service, verb, reply, summary };
  return dryRunReply === undefined ? contract : { ...contract, dryRunReply };
}

/** The class that a request is answered with: a dry run is answered with what would be done. */
export function replyClassOf(contract: RequestContract, request: object): MessageClass {
  const dry = (request as { readonly dryRun?: unknown }).dryRun === true;
  return (dry ? contract.dryRunReply : undefined) ?? contract.reply;
}

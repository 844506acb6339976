import { type Delivered, DrError, type EventContract, type Message, validate } from '@novacron/contracts';
import type { ContractRegistry } from '../contracts/contract-registry.js';
import { decodeBody, maxEventBytes } from '../envelope/body.js';
import { headerMap, readEnvelope } from '../envelope/cloud-event.js';
import { type StreamMessage } from './stream-message.js';

export interface DeliveredEvent {
  readonly delivered: Delivered;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * A stored message as its handler receives it, checked against the contract of its consumer; unknown fields are dropped.
 * @throws DrError UNSUPPORTED_MESSAGE for an unknown type or version, INVALID_MESSAGE for what is no event of that type.
 */
export function deliver(message: StreamMessage, contract: EventContract, registry: ContractRegistry): DeliveredEvent {
  const headers = headerMap(message.headers);
  const envelope = readEnvelope(headers);
  if (envelope.type !== contract.type) throw unsupported(envelope.type, contract, registry);
  const body = decodeBody(message.data, maxEventBytes);
  const data: Message = validate(contract.class, body, 'tolerant');
  const { streamSequence, deliveries } = message.info;
  return { delivered: { ...envelope, data, sequence: streamSequence, deliveries }, headers };
}

function unsupported(type: string, contract: EventContract, registry: ContractRegistry): DrError {
  const shown = type.slice(0, 128);
  const known = registry.eventByType(type) !== undefined;
  const problem = known
    ? `${shown} does not belong on the subject of ${contract.name}`
    : `unknown type or version ${shown}`;
  return new DrError('UNSUPPORTED_MESSAGE', problem, {
    details: [{ path: 'ce-type', problem: `must be ${contract.type}` }],
  });
}

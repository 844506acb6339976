import type { MsgHdrs } from '@nats-io/nats-core';
import { type Delivered, DrError, type Message, type MessageClass, validate } from '@novacron/contracts';
import { type ContractRegistry, houseRegistry } from '../contracts/contract-registry.js';
import { decodeBody } from './body.js';
import { headerMap, readEnvelope } from './cloud-event.js';

/**
 * An event as it lies in `DR_EVENTS`, for a reader of history that is no consumer; unknown fields are dropped.
 * @throws DrError UNSUPPORTED_MESSAGE for an unknown type or version, INVALID_MESSAGE for what is no event of its type.
 */
export function readEvent(
  stored: { readonly headers: MsgHdrs | undefined; readonly data: Uint8Array; readonly sequence: number },
  registry: ContractRegistry = houseRegistry,
): Delivered {
  const envelope = readEnvelope(headerMap(stored.headers));
  const contract = registry.eventByType(envelope.type);
  if (contract === undefined) throw new DrError('UNSUPPORTED_MESSAGE', `unknown type ${envelope.type.slice(0, 128)}`);
  const data: Message = validate(contract.class as MessageClass, decodeBody(stored.data), 'tolerant');
  return { ...envelope, data, sequence: stored.sequence, deliveries: 1 };
}

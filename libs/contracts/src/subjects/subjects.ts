import type { EventContract, RequestContract } from '../messages/contract.js';
import type { ServiceName } from '../messages/service-name.js';

/**
 * One grammar for every subject (DESIGN §3), so that no other file writes one. Entities and other free text become one
 * token by {@link token}; estate and site names are checked when the estate is loaded.
 */
export function eventSubject(estate: string, contract: EventContract, entity: string): string {
  return `dr.${estate}.event.${contract.service}.${contract.eventName}.${token(entity)}`;
}

/** Every entity's event of one kind: what a consumer filters on. */
export function eventFilter(estate: string, contract: EventContract): string {
  return `dr.${estate}.event.${contract.service}.${contract.eventName}.*`;
}

export function requestSubject(estate: string, contract: RequestContract): string {
  return `dr.${estate}.${contract.kind}.${contract.service}.${contract.verb}`;
}

export function observationSubject(estate: string, vantage: string, site: string, check: string): string {
  return `dr.${estate}.observation.${token(vantage)}.${token(site)}.${token(check)}`;
}

/** In place of a check: the samples of a site that are no news. Names begin with a letter or a digit, so nothing has this one. */
export const steadyToken = '_steady';
/** In place of a site: the processes of a vantage tell each other that they are there. */
export const replicasToken = '_replicas';

export function operationSubject(estate: string, operationId: string): string {
  return `dr.${estate}.operation.${token(operationId)}`;
}

export function notificationSubject(estate: string, channel: string, priority: string): string {
  return `dr.${estate}.notification.${token(channel)}.${token(priority)}`;
}

/** Every priority of one channel: what its worker filters on. */
export function notificationFilter(estate: string, channel: string): string {
  return `dr.${estate}.notification.${token(channel)}.*`;
}

/** A durable timer; no channel may have this name. */
export function timerSubject(estate: string): string {
  return `dr.${estate}.notification.${timerChannel}.due`;
}

export const timerChannel = 'timer';

/** Every state of every notification, several in a message, in the order in which they were written. */
export function ledgerSubject(estate: string): string {
  return `dr.${estate}.ledger.row.states`;
}

/** These, and what earlier versions wrote: one state in a message, on a subject for each notification. */
export function ledgerFilter(estate: string): string {
  return `dr.${estate}.ledger.row.*`;
}

/** The seals over all rows: one chain. */
export function ledgerSealSubject(estate: string): string {
  return `dr.${estate}.ledger.seal`;
}

export function deadLetterSubject(estate: string, service: string, consumer: string): string {
  return `dr.${estate}.dead-letter.${token(service)}.${token(consumer)}`;
}

/** Free text as one subject token: NATS allows any of these characters, and nothing else survives every tool. */
export function token(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9_-]+/gu, '_');
  return safe === '' ? '_' : safe.slice(0, 128);
}

/** The durable consumer of a service for an event: unique in `DR_EVENTS`, a legal file name, at most 64 characters. */
export function durableName(service: ServiceName, contract: EventContract): string {
  return `${service}__${contract.eventName}`;
}

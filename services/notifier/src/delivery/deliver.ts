import { type Contact, DrError } from '@novacron/contracts';
import type { Channel, OutgoingMessage } from '../channels/channel.js';
import { nextPauseMs, type Outcome, type RetryPolicy } from '../domain/retry.js';
import { isOvertaken, isSettled, type QueuedMessage } from '../domain/send-order.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry, StoredEntry } from '../ledger/ledger-entry.js';

export interface DeliverySettings {
  readonly ledger: Ledger;
  readonly retry: RetryPolicy;
  readonly contact: (id: string) => Contact | undefined;
  readonly nowMs: () => number;
}

/** What is to be done with the work item: it is over, or comes back after a pause. */
export type Next =
  { readonly kind: 'done'; readonly entry: LedgerEntry } | { readonly kind: 'later'; readonly pauseMs: number };

/** How soon to look again when another worker changed the row under us. */
const raceMs = 250;

/**
 * One attempt at one notification. The row says `sending` before the provider can act and what came of it afterwards, each
 * by compare-and-set: what was accepted is never sent again. A row that a dead worker left at `sending` is doubtful: it is
 * sent again only where the receiver recognises a repeated message, else it ends as `unknown`.
 * @throws DrError BUS_UNAVAILABLE when the row could not be read or written.
 */
export async function deliverOnce(stored: StoredEntry, channel: Channel, settings: DeliverySettings): Promise<Next> {
  const { ledger, nowMs } = settings;
  if (isSettled(stored.entry.state)) return { kind: 'done', entry: stored.entry };
  const settle = async (from: StoredEntry, change: Partial<LedgerEntry>): Promise<Next> => {
    const next = await ledger.change(from, { ...change, settledAt: new Date(nowMs()).toISOString() });
    return next === undefined ? { kind: 'later', pauseMs: raceMs } : { kind: 'done', entry: next.entry };
  };

  if (stored.entry.state === 'sending' && !channel.repeatable) {
    return settle(stored, {
      state: 'unknown',
      code: 'UNKNOWN_OUTCOME',
      problem: 'the sender ended while the provider had the message: it may have been accepted',
    });
  }
  if (isOvertaken(queued(stored.entry), rowsOf(ledger, stored.entry.incident))) {
    return settle(stored, { state: 'stale', problem: 'a later message to the same reader was accepted first' });
  }

  const attempts = stored.entry.attempts + 1;
  const { row, outcome } = await attempt(stored, channel, settings, attempts);
  if (row === undefined) return { kind: 'later', pauseMs: raceMs };
  switch (outcome.kind) {
    case 'accepted':
      return settle(row, { state: 'accepted', attempts, ...provider(outcome.providerId) });
    case 'refused':
      return settle(row, { state: 'failed', attempts, code: outcome.code, problem: outcome.reason });
    case 'unknown':
      return settle(row, { state: 'unknown', attempts, code: 'UNKNOWN_OUTCOME', problem: outcome.reason });
    case 'retry': {
      const facts = { attempts, plannedAtMs: Date.parse(row.entry.plannedAt), nowMs: nowMs() };
      const { afterMs } = outcome;
      const pauseMs = nextPauseMs(settings.retry, afterMs === undefined ? facts : { ...facts, afterMs });
      const change = { attempts, code: outcome.code, problem: outcome.reason };
      if (pauseMs === undefined) return settle(row, { ...change, state: 'failed' });
      const kept = await ledger.change(row, { ...change, state: 'planned' });
      return { kind: 'later', pauseMs: kept === undefined ? raceMs : pauseMs };
    }
  }
}

/** The outcome, and the row it belongs to; no row when another worker had it first. */
async function attempt(
  stored: StoredEntry,
  channel: Channel,
  { ledger, contact, nowMs }: DeliverySettings,
  attempts: number,
): Promise<{ row?: StoredEntry; outcome: Outcome }> {
  const recipient = contact(stored.entry.recipient);
  if (recipient === undefined) {
    return { row: stored, outcome: { kind: 'refused', code: 'NOT_FOUND', reason: 'the estate has no such contact' } };
  }
  let row: StoredEntry | undefined = stored;
  let failure: DrError | undefined;
  const commit = async (): Promise<void> => {
    const change = { state: 'sending', attempts, sendingAt: new Date(nowMs()).toISOString() } as const;
    row = undefined;
    try {
      row = await ledger.change(stored, change);
    } catch (error) {
      failure = DrError.from(error);
      throw failure;
    }
    if (row === undefined) throw new DrError('CONFLICT', 'another worker has this notification');
  };
  try {
    const outcome = await channel.send(outgoing(stored.entry, recipient), commit);
    return { ...(row === undefined ? {} : { row }), outcome };
  } catch (error) {
    if (failure !== undefined) throw failure;
    const { code, message: reason } = DrError.from(error);
    return { ...(row === undefined ? {} : { row }), outcome: { kind: 'retry', code, reason } };
  }
}

export function queued(entry: LedgerEntry): QueuedMessage {
  return { ...entry, plannedAtMs: Date.parse(entry.plannedAt) };
}

export function* rowsOf(ledger: Ledger, incident: string): IterableIterator<QueuedMessage> {
  for (const entry of ledger.ofIncident(incident)) yield queued(entry);
}

function outgoing(entry: LedgerEntry, recipient: Contact): OutgoingMessage {
  const { notificationId, incident, audience, template, subject, text, causedAt } = entry;
  return { notificationId, incident, audience, template, recipient, subject, text, causedAt };
}

function provider(providerId: string | undefined): { providerId?: string } {
  return providerId === undefined ? {} : { providerId };
}

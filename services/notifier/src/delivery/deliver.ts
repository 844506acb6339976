import { type Contact, DrError } from '@novacron/contracts';
import type { Channel, OutgoingMessage } from '../channels/channel.js';
import { nextPauseMs, type Outcome, type RetryPolicy, type Word } from '../domain/retry.js';
import { hasArrived, isOvertaken, isSettled } from '../domain/send-order.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry, StoredEntry } from '../ledger/ledger-entry.js';

export interface DeliverySettings {
  readonly ledger: Ledger;
  readonly retry: RetryPolicy;
  readonly contact: (id: string) => Contact | undefined;
  readonly nowMs: () => number;
  /** Whether another channel stands in where this message ends without having arrived. */
  readonly hasStandIn: (entry: LedgerEntry) => boolean;
  /** Called when the provider has answered, or the attempt has failed; what came of it is not written down yet. */
  readonly onAnswer?: () => void;
}

/** What is to be done with the work item: it is over, or comes back after a pause; `outcome` where there was an attempt. */
export type Next = (
  { readonly kind: 'done'; readonly entry: LedgerEntry } | { readonly kind: 'later'; readonly pauseMs: number }
) & { readonly outcome?: Outcome };

/** How soon to look again when another worker changed the row under us. */
const raceMs = 250;
/** How soon a provider that broke off is asked what it has. */
const askMs = 1_000;
/** A provider is asked at least so long what became of an attempt, though the message's own time is over. */
const leastAskedMs = 20_000;
const unknownOutcome = 'UNKNOWN_OUTCOME';

/**
 * One attempt at one notification. The row says `sending` before the provider can act and what came of it afterwards, each
 * by compare-and-set: what was accepted is never sent again. A row that a dead worker left at `sending`, or whose provider broke
 * off, is doubtful: it is sent again only where the receiver recognises a repeated message, or says that it has nothing of it, which
 * it is asked until it tells; else it ends as `unknown`. Only a page of our own people that no other channel stands in for is sent
 * again over the same: rather twice than never, once for each death, and once for a provider that breaks off.
 * @throws DrError BUS_UNAVAILABLE when the row could not be read or written.
 */
export async function deliverOnce(stored: StoredEntry, channel: Channel, settings: DeliverySettings): Promise<Next> {
  const { ledger, nowMs } = settings;
  const { entry } = stored;
  if (isSettled(entry.state)) return { kind: 'done', entry };
  const settle = async (from: StoredEntry, change: Partial<LedgerEntry>, outcome?: Outcome): Promise<Next> => {
    const next = await ledger.change(from, { ...change, settledAt: new Date(nowMs()).toISOString() });
    const said = outcome === undefined ? {} : { outcome };
    return next === undefined
      ? { kind: 'later', pauseMs: raceMs, ...said }
      : { kind: 'done', entry: next.entry, ...said };
  };

  if (isOvertaken(entry, ledger.rows.ofReader(entry)) && entry.state === 'planned') {
    return settle(stored, { state: 'stale', problem: 'a later message to the same reader was accepted first' });
  }
  const recipient = settings.contact(entry.recipient);
  if (recipient === undefined) {
    return settle(stored, { state: 'failed', code: 'NOT_FOUND', problem: 'the estate has no such contact' });
  }
  const message = outgoing(entry, recipient, ledger);
  const doubtful = entry.state === 'sending' && !channel.repeatable;
  const word = doubtful ? await said(channel, message) : undefined;
  if (word?.kind === 'ask-again' && nowMs() < askedUntilMs(entry, settings.retry)) {
    return { kind: 'later', pauseMs: word.afterMs };
  }
  const doubt: Outcome | undefined = word?.kind === 'ask-again' ? { kind: 'unknown', reason: word.reason } : word;
  const rather = doubt?.kind === 'unknown' && !entry.customer && !settings.hasStandIn(entry);
  const sends = doubt === undefined || doubt.kind === 'retry' || rather;
  const attempts = entry.attempts + (sends ? 1 : 0);
  const { row, outcome } = sends
    ? await attempt(stored, channel, message, { ledger, nowMs, attempts }).finally(settings.onAnswer)
    : { row: stored, outcome: doubt };
  if (row === undefined) return { kind: 'later', pauseMs: raceMs, outcome };
  switch (outcome.kind) {
    case 'accepted':
      return settle(row, { state: 'accepted', attempts, ...provider(outcome.providerId) }, outcome);
    case 'refused':
      return settle(row, { state: 'failed', attempts, code: outcome.code, problem: outcome.reason }, outcome);
    case 'unknown': {
      const ends = { attempts, code: unknownOutcome, problem: outcome.reason };
      if (sends && channel.reconcile !== undefined) return { kind: 'later', pauseMs: askMs, outcome };
      const again = sends && entry.code !== unknownOutcome && !entry.customer && !settings.hasStandIn(entry);
      if (!again) return settle(row, { state: 'unknown', ...ends }, outcome);
      await ledger.change(row, { state: 'planned', ...ends });
      return { kind: 'later', pauseMs: askMs, outcome };
    }
    case 'retry': {
      const facts = { attempts, plannedAtMs: Date.parse(row.entry.plannedAt), nowMs: nowMs() };
      const { afterMs, code, reason: problem } = outcome;
      const pauseMs = nextPauseMs(settings.retry, afterMs === undefined ? facts : { ...facts, afterMs });
      if (pauseMs === undefined) return settle(row, { state: 'failed', attempts, code, problem }, outcome);
      const nextAttemptAt = new Date(nowMs() + pauseMs).toISOString();
      await ledger.change(row, { state: 'planned', attempts, code, problem, nextAttemptAt });
      return { kind: 'later', pauseMs, outcome };
    }
  }
}

/** Its time is over before there was an attempt: the channel is closed, or has more to do than it may. */
export async function giveUp(stored: StoredEntry, problem: string, { ledger, nowMs }: DeliverySettings): Promise<Next> {
  const settledAt = new Date(nowMs()).toISOString();
  const next = await ledger.change(stored, { state: 'failed', code: 'NOT_IN_TIME', problem, settledAt });
  return next === undefined ? { kind: 'later', pauseMs: raceMs } : { kind: 'done', entry: next.entry };
}

async function said(channel: Channel, message: OutgoingMessage): Promise<Word> {
  const doubtful: Word = {
    kind: 'unknown',
    reason: 'the sender ended while the provider had the message: it may have been accepted',
  };
  return (await channel.reconcile?.(message)) ?? doubtful;
}

function askedUntilMs({ plannedAt, sendingAt }: LedgerEntry, { giveUpMs }: RetryPolicy): number {
  return Math.max(Date.parse(plannedAt) + giveUpMs, Date.parse(sendingAt ?? plannedAt) + leastAskedMs);
}

/** The attempt itself, the row being at `sending`; no row when another worker had it first. */
async function attempt(
  stored: StoredEntry,
  channel: Channel,
  message: OutgoingMessage,
  { ledger, nowMs, attempts }: Pick<DeliverySettings, 'ledger' | 'nowMs'> & { readonly attempts: number },
): Promise<{ row?: StoredEntry; outcome: Outcome }> {
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
    const outcome = await channel.send(message, commit);
    return { ...(row === undefined ? {} : { row }), outcome };
  } catch (error) {
    if (failure !== undefined) throw failure;
    const { code, message: reason } = DrError.from(error);
    return { ...(row === undefined ? {} : { row }), outcome: { kind: 'retry', code, reason } };
  }
}

function outgoing(entry: LedgerEntry, recipient: Contact, ledger: Ledger): OutgoingMessage {
  const { notificationId, incident, audience, template, subject, text, causedAt, drill, sendingAt } = entry;
  const told = [...ledger.rows.ofReader(entry)].filter((row) => hasArrived(row.state) && row.providerId !== undefined);
  const rivals = rivalsOf(entry, ledger);
  const first = told.toSorted((a, b) => a.batch - b.batch || a.plannedAt.localeCompare(b.plannedAt))[0]?.providerId;
  return {
    notificationId,
    incident,
    audience,
    template,
    recipient,
    subject,
    text,
    causedAt,
    drill,
    ...(sendingAt === undefined ? {} : { doubtfulSince: sendingAt }),
    ...(first === undefined ? {} : { thread: first }),
    alarms: told.flatMap((row) => row.providerId ?? []),
    ...(rivals === 0 ? {} : { rivals }),
    isKnown: (providerId) => ledger.rows.isKnown(providerId),
  };
}

/** Two attempts whose ends nobody knows are told apart by the provider's times when they are further apart than this. */
export const apartMs = 60_000;

/** Messages to the same person that the provider may have, too. */
function rivalsOf(entry: LedgerEntry, ledger: Ledger): number {
  const begunMs = Date.parse(entry.sendingAt ?? entry.plannedAt);
  let rivals = 0;
  for (const row of ledger.rows.ofPerson(entry)) {
    const doubtful = (row.state === 'sending' || row.state === 'unknown') && row.providerId === undefined;
    const near = Math.abs(Date.parse(row.sendingAt ?? row.plannedAt) - begunMs) < apartMs;
    if (doubtful && near && row.notificationId !== entry.notificationId) rivals += 1;
  }
  return rivals;
}

function provider(providerId: string | undefined): { providerId?: string } {
  return providerId === undefined ? {} : { providerId };
}

import { type Contact, DrError } from '@novacron/contracts';
import type { Channel, OutgoingMessage } from '../channels/channel.js';
import { nextPauseMs, type Outcome, type RetryPolicy } from '../domain/retry.js';
import { hasArrived, isOvertaken, isSettled } from '../domain/send-order.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry, StoredEntry } from '../ledger/ledger-entry.js';

export interface DeliverySettings {
  readonly ledger: Ledger;
  readonly retry: RetryPolicy;
  readonly contact: (id: string) => Contact | undefined;
  readonly nowMs: () => number;
  /** Called when the provider has answered, or the attempt has failed; what came of it is not written down yet. */
  readonly onAnswer?: () => void;
}

/** What is to be done with the work item: it is over, or comes back after a pause; `outcome` where there was an attempt. */
export type Next = (
  { readonly kind: 'done'; readonly entry: LedgerEntry } | { readonly kind: 'later'; readonly pauseMs: number }
) & { readonly outcome?: Outcome };

/** How soon to look again when another worker changed the row under us. */
const raceMs = 250;

/**
 * One attempt at one notification. The row says `sending` before the provider can act and what came of it afterwards, each
 * by compare-and-set: what was accepted is never sent again. A row that a dead worker left at `sending` is doubtful: it is
 * sent again only where the receiver recognises a repeated message, or says that it has nothing of it; else it ends as `unknown`.
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
  const doubt = doubtful ? await reconciled(channel, message) : undefined;
  const attempts = entry.attempts + (doubt === undefined || doubt.kind === 'retry' ? 1 : 0);
  const { row, outcome } =
    doubt === undefined || doubt.kind === 'retry'
      ? await attempt(stored, channel, message, { ledger, nowMs, attempts }).finally(settings.onAnswer)
      : { row: stored, outcome: doubt };
  if (row === undefined) return { kind: 'later', pauseMs: raceMs, outcome };
  switch (outcome.kind) {
    case 'accepted':
      return settle(row, { state: 'accepted', attempts, ...provider(outcome.providerId) }, outcome);
    case 'refused':
      return settle(row, { state: 'failed', attempts, code: outcome.code, problem: outcome.reason }, outcome);
    case 'unknown':
      return settle(row, { state: 'unknown', attempts, code: 'UNKNOWN_OUTCOME', problem: outcome.reason }, outcome);
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

async function reconciled(channel: Channel, message: OutgoingMessage): Promise<Outcome> {
  const doubtful: Outcome = {
    kind: 'unknown',
    reason: 'the sender ended while the provider had the message: it may have been accepted',
  };
  return (await channel.reconcile?.(message)) ?? doubtful;
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
  const rivals = [...ledger.rows.ofReader(entry)].filter(
    (row) => row.notificationId !== notificationId && isDoubtful(row),
  ).length;
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
  };
}

/** The provider may have it, and has not said so. */
function isDoubtful({ state, providerId }: LedgerEntry): boolean {
  return (state === 'sending' || state === 'unknown') && providerId === undefined;
}

function provider(providerId: string | undefined): { providerId?: string } {
  return providerId === undefined ? {} : { providerId };
}

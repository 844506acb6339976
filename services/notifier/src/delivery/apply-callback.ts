import type { DeliveryState } from '@novacron/contracts';
import type { TwilioVerdict } from '../channels/twilio/twilio-status.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';

/** Where a verdict of the provider may lead: forwards only, and never away from what a human has acknowledged. */
const from: Readonly<Record<TwilioVerdict['kind'], ReadonlySet<DeliveryState>>> = {
  delivered: new Set(['sending', 'accepted', 'unknown']),
  failed: new Set(['sending', 'accepted', 'unknown']),
};

const attempts = 5;

/**
 * What a provider says of a message after it took it. It may come before the answer to the request itself, late, twice, or out of
 * order: what would lead backwards changes nothing. The row as it became; undefined where nothing changed.
 */
export async function applyCallback(
  ledger: Ledger,
  notificationId: string,
  verdict: TwilioVerdict,
  nowMs: number,
): Promise<LedgerEntry | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const stored = await ledger.read(notificationId);
    if (stored === undefined || !from[verdict.kind].has(stored.entry.state)) return undefined;
    const settledAt = new Date(nowMs).toISOString();
    const changed = await ledger.change(
      stored,
      verdict.kind === 'delivered'
        ? { state: 'delivered', settledAt }
        : { state: 'failed', code: 'NOT_REACHED', problem: verdict.reason, settledAt },
    );
    if (changed !== undefined) return changed.entry;
  }
  return undefined;
}

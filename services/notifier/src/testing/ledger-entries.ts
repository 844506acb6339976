import type { LedgerEntry } from '../ledger/ledger-entry.js';

export function ledgerEntry(change: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    notificationId: 'n',
    incident: 'i',
    audience: 'a',
    recipient: 'someone',
    channel: 'mail',
    template: 'initial',
    byHand: false,
    customer: false,
    drill: false,
    priority: 'high',
    batch: 1,
    rank: 0,
    subject: 's',
    text: 't',
    state: 'planned',
    attempts: 0,
    tried: [],
    causedAt: '2026-03-15T10:00:00.000Z',
    plannedAt: '2026-03-15T10:00:00.000Z',
    correlationId: 'c',
    causationId: 'e',
    ...change,
  } as LedgerEntry;
}

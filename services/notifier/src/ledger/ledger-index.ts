import { isSettled, type QueuedMessage } from '../domain/send-order.js';
import type { LedgerEntry, StoredEntry } from './ledger-entry.js';

/**
 * The last state of every row in memory, so arranged that what each delivery asks — who comes before me, was I overtaken — does not
 * look at ten thousand rows.
 */
export class LedgerIndex {
  private readonly rows = new Map<string, StoredEntry>();
  private readonly byIncident = new Map<string, Map<string, StoredEntry>>();
  private readonly byReader = new Map<string, Map<string, StoredEntry>>();
  /** Of all incidents, by channel and recipient. */
  private readonly byPerson = new Map<string, Map<string, StoredEntry>>();
  private readonly providerIds = new Set<string>();
  private readonly open = new Map<string, StoredEntry>();
  /** By incident, the rows still under way of each batch and rank. */
  private readonly groups = new Map<string, Map<string, Group>>();

  get(notificationId: string): StoredEntry | undefined {
    return this.rows.get(notificationId);
  }

  all(): IterableIterator<StoredEntry> {
    return this.rows.values();
  }

  /** Those that have not come to an end. */
  unsettled(): IterableIterator<StoredEntry> {
    return this.open.values();
  }

  ofIncident(incident: string): Iterable<StoredEntry> {
    return this.byIncident.get(incident)?.values() ?? [];
  }

  /** Every message of an incident to one reader over one channel. */
  *ofReader(entry: QueuedMessage & { readonly audience: string }): IterableIterator<LedgerEntry> {
    for (const stored of this.byReader.get(readerKey(entry))?.values() ?? []) yield stored.entry;
  }

  /** Every message to one person over one channel, of whatever incident. */
  *ofPerson(entry: Pick<LedgerEntry, 'channel' | 'recipient'>): IterableIterator<LedgerEntry> {
    for (const stored of this.byPerson.get(personKey(entry))?.values() ?? []) yield stored.entry;
  }

  /** Whether a provider's id is that of a message in the ledger. */
  isKnown(providerId: string): boolean {
    return this.providerIds.has(providerId);
  }

  /** Whether a message of the incident that comes first — an earlier fact, an audience before — is still under way. */
  waitsBefore({ incident, batch, rank }: Pick<QueuedMessage, 'incident' | 'batch' | 'rank'>): boolean {
    for (const group of this.groups.get(incident)?.values() ?? []) {
      const before = group.batch === batch ? group.rank < rank : group.batch < batch;
      if (before && group.rows.size > 0) return true;
    }
    return false;
  }

  /** False when a later state is known already. */
  put(stored: StoredEntry): boolean {
    const { notificationId, incident } = stored.entry;
    if ((this.rows.get(notificationId)?.revision ?? 0) >= stored.revision) return false;
    this.rows.set(notificationId, stored);
    into(this.byIncident, incident).set(notificationId, stored);
    into(this.byReader, readerKey(stored.entry)).set(notificationId, stored);
    into(this.byPerson, personKey(stored.entry)).set(notificationId, stored);
    if (stored.entry.providerId !== undefined) this.providerIds.add(stored.entry.providerId);
    this.regroup(stored);
    return true;
  }

  private regroup(stored: StoredEntry): void {
    const { notificationId, incident, batch, rank, state, heldFor } = stored.entry;
    const settled = isSettled(state);
    if (settled) this.open.delete(notificationId);
    else this.open.set(notificationId, stored);
    const groups = this.groups.get(incident) ?? new Map<string, Group>();
    this.groups.set(incident, groups);
    const key = `${batch}/${rank}`;
    const group = groups.get(key) ?? { batch, rank, rows: new Set<string>() };
    groups.set(key, group);
    // A text that waits for a human holds up nobody else.
    if (settled || heldFor !== undefined) group.rows.delete(notificationId);
    else group.rows.add(notificationId);
    if (group.rows.size === 0) groups.delete(key);
  }
}

interface Group {
  readonly batch: number;
  readonly rank: number;
  readonly rows: Set<string>;
}

function readerKey({
  incident,
  audience,
  recipient,
  channel,
}: Pick<LedgerEntry, 'incident' | 'audience' | 'recipient' | 'channel'>): string {
  return `${incident}/${audience}/${recipient}/${channel}`;
}

function personKey({ channel, recipient }: Pick<LedgerEntry, 'channel' | 'recipient'>): string {
  return `${channel}/${recipient}`;
}

function into<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = maps.get(key);
  if (found !== undefined) return found;
  const made = new Map<string, V>();
  maps.set(key, made);
  return made;
}

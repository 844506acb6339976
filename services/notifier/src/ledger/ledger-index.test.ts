import type { LedgerEntry } from './ledger-entry.js';
import { LedgerIndex } from './ledger-index.js';
import { ledgerEntry } from '../testing/ledger-entries.js';

let revision = 0;

function put(index: LedgerIndex, change: Partial<LedgerEntry>): void {
  revision += 1;
  index.put({ entry: ledgerEntry(change), revision, hash: '' });
}

describe('who comes before a message', () => {
  it.each([
    ['planned', true],
    ['sending', true],
    ['accepted', false],
    ['failed', false],
    ['unknown', false],
    ['stale', false],
  ] as const)('one of an audience before it that is %s: %s', (state, waits) => {
    const index = new LedgerIndex();
    put(index, { notificationId: 'a', state });
    expect(index.waitsBefore({ incident: 'i', batch: 1, rank: 1 })).toBe(waits);
  });

  it.each([
    ['of the same rank', { rank: 1 }, false],
    ['of a later one', { rank: 2 }, false],
    ['of a later fact', { batch: 2 }, false],
    ['of another incident', { incident: 'j' }, false],
    ['that waits for a human', { heldFor: 'approval' }, false],
    ['of an earlier fact', { batch: 0, rank: 9 }, true],
  ] as const)('one %s: %s', (_which, change, waits) => {
    const index = new LedgerIndex();
    put(index, { notificationId: 'a', ...change });
    expect(index.waitsBefore({ incident: 'i', batch: 1, rank: 1 })).toBe(waits);
  });

  it('is no longer there when it is told', () => {
    const index = new LedgerIndex();
    put(index, { notificationId: 'a' });
    put(index, { notificationId: 'a', state: 'accepted' });
    expect(index.waitsBefore({ incident: 'i', batch: 1, rank: 1 })).toBe(false);
    expect([...index.unsettled()]).toEqual([]);
  });

  it('an older state than the one that is known changes nothing', () => {
    const index = new LedgerIndex();
    put(index, { notificationId: 'a', state: 'accepted' });
    expect(index.put({ entry: ledgerEntry({ notificationId: 'a' }), revision: 1, hash: '' })).toBe(false);
    expect(index.get('a')?.entry.state).toBe('accepted');
  });
});

/** The keys under `backups/` of one store. */
export interface StoredKeys {
  readonly store: string;
  readonly keys: readonly string[];
}

export interface MissedCopy {
  readonly backupId: string;
  readonly from: string;
  readonly to: string;
}

/**
 * What stores lack of each other, oldest first: verified backups that another store has, unless their own retention removed
 * them. Told from names alone: whether they say the truth is seen when they are copied.
 */
export function missedCopies(stores: readonly StoredKeys[]): MissedCopy[] {
  const known = stores.map(({ store, keys }) => ({
    store,
    committed: idsWith(keys, (name) => name === 'manifest.json'),
    verified: idsWith(keys, (name) => name.startsWith('verified-')),
    expired: idsWith(keys, (name) => name.startsWith('expired-')),
  }));
  const missed = known.flatMap((to) =>
    known.flatMap((from) =>
      from === to
        ? []
        : [...from.committed]
            .filter((backupId) => from.verified.has(backupId) && !from.expired.has(backupId))
            .filter((backupId) => !to.committed.has(backupId) && !to.expired.has(backupId))
            .map((backupId) => ({ backupId, from: from.store, to: to.store })),
    ),
  );
  const first = new Map(missed.toReversed().map((copy) => [`${copy.backupId} ${copy.to}`, copy]));
  return [...first.values()].toSorted((a, b) => a.backupId.localeCompare(b.backupId) || a.to.localeCompare(b.to));
}

function idsWith(keys: readonly string[], fits: (name: string) => boolean): Set<string> {
  return new Set(
    keys.flatMap((key) => {
      const [, backupId = '', name = '', more] = key.split('/');
      return more === undefined && fits(name) ? [backupId] : [];
    }),
  );
}

import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { BackupWorld } from './backup-world.js';

export interface StoredOnce {
  /** Objects that the manifest names, in each store. */
  readonly objects: Readonly<Record<string, number>>;
  /** What lies in the backup's folders beside its objects, its manifest and its marks: nothing, of a whole backup. */
  readonly strays: readonly string[];
  /** Stores in which an object does not open to what was read. */
  readonly damaged: readonly string[];
  /** Backups in any store that have objects and no manifest. */
  readonly uncommitted: readonly string[];
  /** How often each of these was told. */
  readonly told: Readonly<Record<string, number>>;
}

const stages = ['backup-started', 'backup-completed', 'backup-verified', 'backup-replicated'];

/** What a backup has left, as seen in the stores' own folders and on the bus. */
export async function storedOnce(world: BackupWorld, backupId: string): Promise<StoredOnce> {
  const objects: Record<string, number> = {};
  const strays: string[] = [];
  const damaged: string[] = [];
  const uncommitted: string[] = [];
  for (const store of ['primary', 'dr'] as const) {
    const report = await world.repository.verify(store, backupId);
    if (!report.good) damaged.push(store);
    objects[store] = report.objects.length;
    const named = new Set(report.objects.map(({ key }) => key));
    const root = world.estate.storeFolder(store);
    const folder = join(root, 'backups', backupId);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const key = relative(root, join(entry.parentPath, entry.name));
      // Its manifest and its marks lie beside the components' folders; what they say was looked at above.
      if (entry.isFile() && entry.parentPath !== folder && !named.has(key)) strays.push(`${store}:${key}`);
    }
    uncommitted.push(...(await world.repository.catalog(store).list()).uncommitted);
  }
  const told = stages.map((name) => {
    const mine = world.events.named(name).filter(({ data }) => data['backupId'] === backupId);
    return [name, mine.length] as const;
  });
  return { objects, strays, damaged, uncommitted, told: Object.fromEntries(told) };
}

/** What {@link storedOnce} finds of a backup of so many objects that nothing has befallen. */
export function wholeAndOnce(objects: number): StoredOnce {
  return {
    objects: { primary: objects, dr: objects },
    ...{ strays: [], damaged: [], uncommitted: [] },
    told: Object.fromEntries(stages.map((name) => [name, 1])),
  };
}

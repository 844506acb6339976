import { Plan, PlannedStep } from '@novacron/contracts';
import type { PrunableStore } from '@novacron/repository';

const shown = 90;

/** What a removal would do to each store, as a dry run is answered. */
export function prunePlanReply(plans: ReadonlyMap<string, PrunableStore>): Plan {
  const all = [...plans.values()];
  const backups = all.reduce((sum, { expire }) => sum + expire.length, 0);
  const wal = all.reduce((sum, plan) => sum + plan.wal.length, 0);
  return new Plan({
    runbook: 'prune',
    summary: `${backups} backups and ${wal} WAL objects would be removed; nothing was`,
    steps: [...plans].map(([store, plan]) =>
      Object.assign(new PlannedStep(), { step: store, title: titleOf(store, plan), changes: changesOf(plan) }),
    ),
  });
}

function titleOf(store: string, { cutoff }: PrunableStore): string {
  return cutoff === undefined
    ? `${store} has no backup that counts: nothing may go`
    : `${store} stays restorable from ${cutoff} on`;
}

function changesOf({ expire, keep, untouched, wal, leftovers }: PrunableStore): string[] {
  const lines = [
    ...expire.map(({ backupId, reason }) => `remove ${backupId}: ${reason}`),
    ...(wal.length === 0 ? [] : [`remove ${wal.length} WAL objects that no backup which stays can use`]),
    ...(leftovers.length === 0 ? [] : [`remove ${leftovers.length} objects of backups that never came to be`]),
    ...untouched.map(({ backupId, reason }) => `leave ${backupId}, look at it: ${reason}`),
    ...keep.map(({ backupId, reason }) => `keep ${backupId}: it ${reason}`),
  ];
  return lines.length <= shown ? lines : [...lines.slice(0, shown), `and ${lines.length - shown} more`];
}

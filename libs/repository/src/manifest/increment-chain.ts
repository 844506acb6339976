import type { BackupManifest, ManifestComponent } from './backup-manifest.js';

/** Whether a component is a copy of a server's files: whole, or the blocks that have changed since the backup it builds on. */
export function isServerCopy({ kind }: Pick<ManifestComponent, 'kind'>): boolean {
  return kind === 'postgres-physical' || kind === 'postgres-incremental';
}

/** Of one component, the full backup first and the backup itself last; or why it cannot be put together. */
export type IncrementChain = { readonly chain: readonly BackupManifest[] } | { readonly problem: string };

/**
 * All that a backup of a component is put together from. An incremental one is worth nothing without every one before it, of the
 * same system and timeline: across a promotion PostgreSQL may leave out blocks (commit f549ecd2).
 */
export function incrementChain(
  manifests: readonly BackupManifest[],
  backup: BackupManifest,
  component: string,
): IncrementChain {
  const byId = new Map(manifests.map((manifest) => [manifest.backupId, manifest]));
  const chain = [backup];
  for (let current = backup; ;) {
    const own = current.components.find((one) => one.component === component);
    if (own?.kind !== 'postgres-incremental') return { chain };
    const parentId = current.parentBackupId;
    const parent = parentId === undefined ? undefined : byId.get(parentId);
    const base = parent?.components.find((one) => one.component === component && isServerCopy(one));
    if (parent === undefined || chain.includes(parent))
      return { problem: `${current.backupId} needs ${parentId ?? 'a backup before it'}, which is not there` };
    if (base === undefined)
      return { problem: `${current.backupId} needs ${parent.backupId}, which has no ${component}` };
    if (base.systemId !== own.systemId || base.timeline !== own.timeline)
      return { problem: `${current.backupId} needs ${parent.backupId}, which is of another system or timeline` };
    chain.unshift(parent);
    current = parent;
  }
}

import type { BackupManifest, ManifestComponent } from '../manifest/backup-manifest.js';

/** What backups are counted by: a dump of a database does not make up for a physical copy of it, nor the other way round. */
export interface CountedUnit {
  readonly component: string;
  readonly kind: ManifestComponent['kind'];
}

/** Everything that policy wants verified backups of. An increment is no backup of its own: it stays with its parent. */
export function countedUnits(manifests: readonly BackupManifest[]): CountedUnit[] {
  const units = manifests.flatMap(({ components }) => components).map(({ component, kind }) => ({ component, kind }));
  return [...new Map(units.map((unit) => [`${unit.component} ${unit.kind}`, unit])).values()];
}

export function standsAlone({ kind }: CountedUnit): boolean {
  return kind !== 'postgres-wal' && kind !== 'postgres-incremental';
}

/** The component of a backup that a unit counts. */
export function countedIn(manifest: BackupManifest | undefined, unit: CountedUnit): ManifestComponent | undefined {
  return manifest?.components.find((one) => one.component === unit.component && one.kind === unit.kind);
}

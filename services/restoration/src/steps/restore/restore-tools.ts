import { DrError } from '@novacron/contracts';
import type { RunAs } from '@novacron/drivers';
import { type BackupManifest, incrementChain, type ManifestComponent } from '@novacron/repository';
import type { RestoreSources } from '../../adapters/restore-sources.js';
import { ScratchPlace } from '../../adapters/scratch-place.js';
import { componentOf } from '../../domain/restore-point.js';
import type { RestoreParams } from './restore-params.js';

/** What the steps of a restore work with. */
export interface RestoreTools {
  readonly sources: RestoreSources;
  /** Folder of all restores, absolute. */
  readonly scratchRoot: string;
  readonly runAs?: RunAs;
}

export function placeOf({ scratchRoot, runAs }: RestoreTools, operationId: string): ScratchPlace {
  return new ScratchPlace(scratchRoot, operationId, runAs);
}

/** The component as the chosen backup has it, from its signed manifest. */
export async function manifestComponent(
  { sources }: Pick<RestoreTools, 'sources'>,
  { point, component }: RestoreParams,
): Promise<ManifestComponent> {
  const manifest = await sources.repository.catalog(point.store).read(point.backupId);
  const found = componentOf(manifest, component);
  if (found !== undefined) return found;
  throw new DrError('NOT_FOUND', `${point.backupId} has no ${component}`);
}

/** All that the component is put together from, the full backup first, each from its signed manifest. */
export async function manifestChain(
  { sources }: Pick<RestoreTools, 'sources'>,
  { point, component }: RestoreParams,
): Promise<ManifestComponent[]> {
  const catalog = sources.repository.catalog(point.store);
  const chain: ManifestComponent[] = [];
  const manifests: BackupManifest[] = [];
  for (let backupId: string | undefined = point.backupId; backupId !== undefined;) {
    const manifest: BackupManifest = await catalog.read(backupId);
    manifests.push(manifest);
    backupId = componentOf(manifest, component)?.kind === 'postgres-incremental' ? manifest.parentBackupId : undefined;
  }
  const [backup] = manifests;
  const whole = backup === undefined ? undefined : incrementChain(manifests, backup, component);
  if (whole === undefined || 'problem' in whole) throw new DrError('CORRUPT_OBJECT', whole?.problem ?? 'no backup');
  for (const manifest of whole.chain) {
    const found = componentOf(manifest, component);
    if (found === undefined) throw new DrError('NOT_FOUND', `${manifest.backupId} has no ${component}`);
    chain.push(found);
  }
  return chain;
}

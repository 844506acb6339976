import type { ComponentKind, ManifestComponent, ManifestObject } from '@novacron/repository';

/** One file of a component in the spool; the path is relative to the backup's folder there. */
export interface SpooledFile {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What the store holds of it, where it was sealed and stored while it was read. */
  readonly stored?: { readonly [K in keyof ManifestObject]: ManifestObject[K] };
}

/** A component as it was read from its source: what its part of the manifest will say, and the files. */
export interface SpooledComponent {
  readonly component: string;
  readonly kind: ComponentKind;
  readonly sourceSite: string;
  /** Why it was read there, where policy asks for another place. Told, and not stored. */
  readonly sourceNote?: string;
  readonly serverVersion: string;
  /** RFC 3339, the source's clock where it has one. */
  readonly startedAt: string;
  readonly completedAt: string;
  readonly systemId: string;
  readonly timeline?: number;
  readonly startLsn?: string;
  readonly stopLsn?: string;
  readonly includesWal?: boolean;
  readonly keyCount?: number;
  readonly tablespaces?: ManifestComponent['tablespaces'];
  readonly files: readonly SpooledFile[];
}

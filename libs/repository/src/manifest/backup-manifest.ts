import { type BackupKind, backupKinds, type Fields, Message } from '@novacron/contracts';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  Equals,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { backupIdPattern } from './backup-id.js';

export const rfc3339Utc = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/u;
export const sha256Hex = /^[0-9a-f]{64}$/u;
const lsnText = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/u;

/**
 * `postgres-incremental`: the blocks that have changed since the parent, as servers from PostgreSQL 17 on give them. `postgres-wal`:
 * what an incremental backup is where the server has none of its own: a stretch of the WAL archive.
 */
export const componentKinds = [
  'postgres-physical',
  'postgres-incremental',
  'postgres-wal',
  'postgres-logical',
  'redis-rdb',
] as const;
export type ComponentKind = (typeof componentKinds)[number];

/** One sealed object: what lies in the store, and what it opens to. */
export class ManifestObject extends Message {
  /** Its place in every store that holds the backup: `backups/<backupId>/<component>/<name>`. */
  @Matches(/^backups\/[^/]+\/[^/]+\/[^/]+$/u) readonly key!: string;
  @IsInt() @Min(1) readonly sizeBytes!: number;
  /** Of the stored bytes. */
  @Matches(sha256Hex) readonly sha256!: string;
  @IsInt() @Min(0) readonly plainSizeBytes!: number;
  @Matches(sha256Hex) readonly plainSha256!: string;
  @IsString() @MaxLength(64) readonly keyId!: string;
}

/** A tablespace of a physical backup: its object is `<oid>.tar…`. */
export class ManifestTablespace extends Message {
  @Matches(/^\d{1,10}$/u) readonly oid!: string;
  @IsString() @MaxLength(63) readonly name!: string;
  /** Where it lay on the server that was backed up. */
  @IsString() @MaxLength(1024) readonly location!: string;
}

/** One database or cache within a backup, as it was at one point. */
export class ManifestComponent extends Message {
  /** The name in the estate file. */
  @IsString() @MaxLength(128) readonly component!: string;
  @IsIn(componentKinds) readonly kind!: ComponentKind;
  @IsString() readonly sourceSite!: string;
  @IsString() readonly serverVersion!: string;
  @Matches(rfc3339Utc) readonly startedAt!: string;
  /** By the source's clock, and not before `stopLsn` was reached: the earliest time a restore can aim at. */
  @Matches(rfc3339Utc) readonly completedAt!: string;
  /** PostgreSQL: its system identifier. Redis: the replication id. */
  @IsString() @MaxLength(64) readonly systemId!: string;
  @IsOptional() @IsInt() @Min(1) readonly timeline?: number;
  /** Where replay must begin. */
  @IsOptional() @Matches(lsnText) readonly startLsn?: string;
  /** Where the backup becomes consistent. */
  @IsOptional() @Matches(lsnText) readonly stopLsn?: string;
  /** True when the objects hold the WAL from start to stop: such a backup can be restored without the archive. */
  @IsOptional() @IsBoolean() readonly includesWal?: boolean;
  /** Redis: keys in the dump, to compare with after a restore. */
  @IsOptional() @IsInt() @Min(0) readonly keyCount?: number;
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ManifestTablespace)
  readonly tablespaces?: ManifestTablespace[];
  @ArrayNotEmpty() @ValidateNested({ each: true }) @Type(() => ManifestObject) readonly objects!: ManifestObject[];
}

/**
 * What a backup consists of. Its presence in a store is the backup's commit point; it holds nothing secret, is signed by a
 * key derived from the keyring, and names the hash of the manifest before it, so that neither a change nor a removal
 * goes unseen.
 */
export class BackupManifest extends Message {
  @Equals(1) readonly schemaVersion!: 1;
  @Matches(backupIdPattern) readonly backupId!: string;
  @IsString() readonly estate!: string;
  /** `full` stands alone; `incremental` needs its parent. */
  @IsIn(backupKinds) readonly kind!: BackupKind;
  @IsOptional() @Matches(backupIdPattern) readonly parentBackupId?: string;
  @Equals('completed') readonly status!: 'completed';
  /** The epoch the estate was in: which site was writable. */
  @IsInt() @Min(0) readonly epoch!: number;
  @IsOptional() @IsString() readonly operationId?: string;
  @Matches(rfc3339Utc) readonly startedAt!: string;
  @Matches(rfc3339Utc) readonly completedAt!: string;
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => ManifestComponent)
  readonly components!: ManifestComponent[];
  @IsString() readonly toolVersion!: string;
  @IsOptional() @Matches(sha256Hex) readonly previousManifestSha256?: string;
  @IsString() @MaxLength(64) readonly signatureKeyId!: string;
  @Matches(sha256Hex) readonly signature!: string;
}

/** A manifest before the catalog has given it its place in the chain and its signature. */
export type BackupDraft = Omit<
  Fields<BackupManifest>,
  'schemaVersion' | 'status' | 'previousManifestSha256' | 'signatureKeyId' | 'signature'
>;

export function objectsOf(manifest: BackupManifest): ManifestObject[] {
  return manifest.components.flatMap((component) => component.objects);
}

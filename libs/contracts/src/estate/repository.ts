import { Count, Flag, ListOf, Name, Names, NonEmptyText, OneOf, Text, Nested } from '../messages/fields.js';
import { Duration, Maybe, Secret, type SecretRef, Url } from './fields.js';

/** Those that answer at once: a backup that has to be thawed first cannot be verified, nor restored in time. */
export const storageClasses = ['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'] as const;

/** What the store itself keeps from deletion; its bucket must have Object Lock. */
export class ObjectLock {
  @OneOf(['governance', 'compliance']) mode!: 'governance' | 'compliance';
  @Duration() keepFor!: string;
}

export class Store {
  @Name() name!: string;
  @OneOf(['s3', 'file']) kind!: 's3' | 'file';
  @Maybe() @Name() site?: string;
  /** AWS itself, in the region, unless given. */
  @Maybe() @Url() endpoint?: string;
  @Maybe() @Text(60) region?: string;
  @Maybe() @NonEmptyText(63) bucket?: string;
  @Maybe() @NonEmptyText() path?: string;
  /** Of the objects of backups from 128 KiB on; where the server does not know it, its own. */
  @Maybe() @OneOf(storageClasses) storageClass?: (typeof storageClasses)[number];
  @Maybe() @Nested(() => ObjectLock) objectLock?: ObjectLock;
  /** The most that is sent to, or read from, this store in a second. */
  @Maybe() @Count() maxBytesPerSecond?: number;
  /** Both, or neither: then the role of the machine, container or pod, or whatever else the AWS SDK finds by itself. */
  @Maybe() @Secret() accessKeyId?: SecretRef;
  @Maybe() @Secret() secretAccessKey?: SecretRef;
  /** `primary` takes new backups, `replica` receives verified copies. */
  @OneOf(['primary', 'replica']) role!: 'primary' | 'replica';
}

/** A key that AWS KMS opens when a service starts; it is never written down anywhere else. */
export class KmsKey {
  /** Of the KMS key: its id, ARN, or alias. */
  @NonEmptyText(2048) keyId!: string;
  @Text(60) region!: string;
  /** The service of the region unless given. */
  @Maybe() @Url() endpoint?: string;
  /** 32 bytes as KMS has wrapped them (GenerateDataKey), base64: no secret, but keep it as safe as one. */
  @Secret() wrapped!: SecretRef;
  /** Both, or neither, as of a store. */
  @Maybe() @Secret() accessKeyId?: SecretRef;
  @Maybe() @Secret() secretAccessKey?: SecretRef;
}

/** Either its secret, or what KMS makes the secret of. */
export class EncryptionKey {
  @Name() id!: string;
  /** 32 bytes, as 64 hexadecimal digits or base64. */
  @Maybe() @Secret() key?: SecretRef;
  @Maybe() @Nested(() => KmsKey) kms?: KmsKey;
}

export class Encryption {
  @OneOf(['aes-256-gcm']) algorithm!: 'aes-256-gcm';
  @Name() current!: string;
  @ListOf(() => EncryptionKey) keys!: EncryptionKey[];
}

export class Retention {
  /** Every moment within so long before the newest verified backup stays restorable; nothing is removed without it. */
  @Maybe() @Duration() keepFor?: string;
  /** So many verified backups of each component stay, however old (2 unless given). */
  @Maybe() @Count() minimumVerified?: number;
  /** While true nothing at all is removed. */
  @Maybe() @Flag() legalHold?: boolean;
  /** Ids of backups that are never removed. */
  @Maybe() @Names() holds?: string[];
}

export class RepositorySettings {
  @ListOf(() => Store) stores!: Store[];
  @Nested(() => Encryption) encryption!: Encryption;
  @Maybe() @Nested(() => Retention) retention?: Retention;
  /** How often copies that a store missed while it was away are looked for (1m unless given). */
  @Maybe() @Duration() catchUpEvery?: string;
}

import { Count, Flag, ListOf, Name, Names, NonEmptyText, OneOf, Text, Nested } from '../messages/fields.js';
import { Duration, Maybe, Secret, type SecretRef, Url } from './fields.js';

export class Store {
  @Name() name!: string;
  @OneOf(['s3', 'file']) kind!: 's3' | 'file';
  @Maybe() @Name() site?: string;
  @Maybe() @Url() endpoint?: string;
  @Maybe() @Text(60) region?: string;
  @Maybe() @NonEmptyText(63) bucket?: string;
  @Maybe() @NonEmptyText() path?: string;
  @Maybe() @Text(40) storageClass?: string;
  @Maybe() @Secret() accessKeyId?: SecretRef;
  @Maybe() @Secret() secretAccessKey?: SecretRef;
  /** `primary` takes new backups, `replica` receives verified copies. */
  @OneOf(['primary', 'replica']) role!: 'primary' | 'replica';
}

export class EncryptionKey {
  @Name() id!: string;
  /** 32 bytes, base64. */
  @Secret() key!: SecretRef;
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

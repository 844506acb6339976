import { Count, Flag, ListOf, Name, NonEmptyText, OneOf, Text, Nested } from '../messages/fields.js';
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
  @Maybe() @Duration() keepFor?: string;
  @Maybe() @Count() minimumVerified?: number;
  @Maybe() @Flag() legalHold?: boolean;
}

export class RepositorySettings {
  @ListOf(() => Store) stores!: Store[];
  @Nested(() => Encryption) encryption!: Encryption;
  @Maybe() @Nested(() => Retention) retention?: Retention;
}

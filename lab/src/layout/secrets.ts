import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import type { LabFolders } from './folders.js';

/** One lab's secrets: new for every lab, each a file of its own that only its user may read. */
export interface LabSecrets {
  readonly postgresAdmin: string;
  readonly postgresReplication: string;
  readonly postgresApp: string;
  readonly redis: string;
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
  /** Base64, for TSIG with HMAC-SHA256. */
  readonly tsig: string;
  readonly appAdmin: string;
  readonly control: string;
}

export async function createSecrets(folders: LabFolders): Promise<LabSecrets> {
  const word = (): string => randomBytes(18).toString('hex');
  const secrets: LabSecrets = {
    postgresAdmin: word(),
    postgresReplication: word(),
    postgresApp: word(),
    redis: word(),
    s3AccessKeyId: `lab-${randomBytes(6).toString('hex')}`,
    s3SecretAccessKey: word(),
    tsig: randomBytes(32).toString('base64'),
    appAdmin: word(),
    control: word(),
  };
  const files: Record<string, string> = {
    'postgres-admin': secrets.postgresAdmin,
    'postgres-replication': secrets.postgresReplication,
    'postgres-app': secrets.postgresApp,
    redis: secrets.redis,
    's3-access-key-id': secrets.s3AccessKeyId,
    's3-secret-access-key': secrets.s3SecretAccessKey,
    'repository-key': randomBytes(32).toString('base64'),
    tsig: secrets.tsig,
    webhook: `whsec_${randomBytes(24).toString('base64')}`,
    'app-admin': secrets.appAdmin,
    control: secrets.control,
    agent: secrets.control,
    pgpass: passFile(secrets),
  };
  await mkdir(folders.secrets, { recursive: true, mode: 0o700 });
  await Promise.all(
    Object.entries(files).map(([name, value]) => writeFile(folders.secret(name), value, { mode: 0o600 })),
  );
  return secrets;
}

/** PostgreSQL's own password file, so that no connection string has to hold a password. */
function passFile({ postgresAdmin, postgresReplication, postgresApp }: LabSecrets): string {
  const line = (user: string, password: string): string => `127.0.0.1:*:*:${user}:${password}\n`;
  return line('dr_admin', postgresAdmin) + line('dr_replication', postgresReplication) + line('app', postgresApp);
}

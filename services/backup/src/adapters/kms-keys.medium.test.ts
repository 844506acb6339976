import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Estate } from '@novacron/contracts';
import { type EstateContext, FileStore } from '@novacron/drivers';
import { type MotoServer, startMoto, temporaryFolder, wrappedByKms } from '@novacron/drivers/testing';
import { makeBackup } from '@novacron/repository/testing';
import { BackupStores } from './backup-stores.js';

const backupId = 'backup-20261123-040000';

describe('repository keys that KMS has wrapped', () => {
  let moto: MotoServer;
  let folder: ReturnType<typeof temporaryFolder>;
  const secrets = new Map<string, string>([
    ['plain', 'ab'.repeat(32)],
    ['login', 'test'],
  ]);

  beforeAll(async () => {
    moto = await startMoto();
    folder = temporaryFolder('kms-keys');
  }, 90_000);
  afterAll(async () => {
    await moto?.stop();
    folder?.remove();
  });

  const login = { env: 'login' };
  const kms = (keyId: string) => ({
    id: 'wrapped',
    kms: { keyId, region: 'us-east-1', endpoint: moto.endpoint, wrapped: { env: keyId } },
  });
  const open = async (current: string, keys: readonly object[]): Promise<BackupStores> => {
    const context: EstateContext = {
      folder: folder.path,
      secret: (reference) => Promise.resolve(secrets.get('env' in reference ? reference.env : '') ?? ''),
    };
    const stores = [{ name: 'near', role: 'primary', kind: 'file', path: 'near' }];
    const repository = { stores, encryption: { algorithm: 'aes-256-gcm', current, keys } };
    return BackupStores.open({ repository } as unknown as Estate, context);
  };
  const withLogin = (key: ReturnType<typeof kms>) => ({
    ...key,
    kms: { ...key.kms, accessKeyId: login, secretAccessKey: login },
  });
  const filesOf = (backup: string): [string, number][] =>
    readdirSync(join(folder.path, 'near/backups', backup, 'orders')).map((name) => [
      name,
      statSync(join(folder.path, 'near/backups', backup, 'orders', name)).mtimeMs,
    ]);

  it('take over what a secret had sealed, and are taken over by another KMS key, without a second upload', async () => {
    const plain = { id: 'plain', key: { env: 'plain' } };
    const [one, other] = [await wrappedByKms(moto.endpoint), await wrappedByKms(moto.endpoint)];
    secrets.set(one.keyId, one.wrapped);
    const before = await open('plain', [plain]);
    await before.preferred();
    await makeBackup(before.repository, 'near', { backupId });
    const uploaded = filesOf(backupId);

    await (await open('wrapped', [withLogin(kms(one.keyId)), plain])).preferred();
    const alone = await open('wrapped', [withLogin(kms(one.keyId))]);
    expect(await alone.repository.verify('near', backupId)).toMatchObject({ good: true });

    secrets.set(other.keyId, await one.rewrapFor(other.keyId));
    const rewrapped = await open('wrapped', [withLogin(kms(other.keyId))]);
    expect(await rewrapped.repository.verify('near', backupId)).toMatchObject({ good: true });
    expect(filesOf(backupId)).toEqual(uploaded);
    const stored = new FileStore({ name: 'near', folder: join(folder.path, 'near') });
    for await (const { key } of stored.list('')) {
      const bytes = readFileSync(join(folder.path, 'near', key));
      expect([key, bytes.includes(Buffer.from(one.plain, 'hex'))]).toEqual([key, false]);
    }
  });

  it('are refused before anything starts where the KMS key is disabled', async () => {
    const disabled = await wrappedByKms(moto.endpoint);
    secrets.set(disabled.keyId, disabled.wrapped);
    await disabled.disable();
    await expect(open('wrapped', [withLogin(kms(disabled.keyId))])).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      hint: expect.stringContaining('enable-key') as string,
    });
  });
});

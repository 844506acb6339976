import { once } from 'node:events';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Estate } from '@novacron/contracts';
import type { EstateContext } from '@novacron/drivers';
import { type MotoServer, startMoto, temporaryFolder, wrappedByKms } from '@novacron/drivers/testing';
import { makeBackup } from '@novacron/repository/testing';
import { passOn } from '../testing/pass-on.js';
import { BackupStores } from './backup-stores.js';

const backupId = 'backup-20261123-040000';
const variables = [
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  'AWS_EC2_METADATA_DISABLED',
];
/** What a developer's machine may have, and what the chain would find first. */
const others = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
];

describe('a repository without a login in the estate', () => {
  let moto: MotoServer;
  let folder: ReturnType<typeof temporaryFolder>;
  /** AWS, and the role's endpoints beside it: EC2's and a container's. */
  let server: Server;
  let endpoint: string;
  /** The access keys and session tokens that requests to AWS were signed with, and which service they were for. */
  const signed: { readonly service: string; readonly key: string; readonly token: string }[] = [];
  let issued = 0;
  let validMs = 3_600_000;
  let answers = true;
  const before = new Map([...variables, ...others].map((name) => [name, process.env[name]]));

  const login = () => ({
    AccessKeyId: `ASIAROLE${(issued += 1)}`,
    SecretAccessKey: 'of the role',
    Token: `token-${issued}`,
    Expiration: new Date(Date.now() + validMs).toISOString(),
    Code: 'Success',
  });

  beforeAll(async () => {
    moto = await startMoto();
    folder = temporaryFolder('instance-role');
    server = http.createServer((request, response) => {
      const { url = '', headers } = request;
      const say = (text: string): void => void response.end(text);
      if (url.startsWith('/latest/') || url === '/role') {
        if (!answers) response.writeHead(404).end();
        else if (url === '/latest/api/token') say('a token of the machine');
        else if (url.endsWith('/security-credentials/')) say('backup-role');
        else say(JSON.stringify(login()));
        return;
      }
      const [, key = '', service = ''] =
        /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//u.exec(headers.authorization ?? '') ?? [];
      signed.push({ service, key, token: String(headers['x-amz-security-token']) });
      passOn(request, response, moto.port);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new S3Client({
      ...{ region: 'us-east-1', endpoint: moto.endpoint, forcePathStyle: true },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await client.send(new CreateBucketCommand({ Bucket: 'backups' }));
    client.destroy();
  }, 90_000);
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await moto?.stop();
    folder?.remove();
  });

  beforeEach(() => {
    for (const name of before.keys()) delete process.env[name];
    // No profile of the machine's own.
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) process.env[name] = '/nonexistent';
    signed.length = 0;
    answers = true;
    validMs = 3_600_000;
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  const open = async (): Promise<BackupStores> => {
    const { keyId, wrapped } = await wrappedByKms(moto.endpoint);
    const context: EstateContext = { folder: folder.path, secret: () => Promise.resolve(wrapped) };
    const region = 'us-east-1';
    const kms = { keyId, region, endpoint, wrapped: { env: 'WRAPPED' } };
    const stores = [{ name: 'near', role: 'primary', kind: 's3', bucket: 'backups', region, endpoint }];
    const encryption = { algorithm: 'aes-256-gcm', current: keyId, keys: [{ id: keyId, kms }] };
    return BackupStores.open({ repository: { stores, encryption } } as unknown as Estate, context);
  };

  it.each([
    ['the machine', 'AWS_EC2_METADATA_SERVICE_ENDPOINT', ''],
    ['the container or pod', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', '/role'],
  ])(
    'signs for S3 and KMS alike with the role of %s',
    async (_who, variable, path) => {
      process.env[variable] = `${endpoint}${path}`;
      const stores = await open();
      expect(await stores.preferred()).toBe('near');
      expect(new Set(signed.map(({ service }) => service))).toEqual(new Set(['kms', 's3']));
      expect(signed.filter(({ key, token }) => !/^ASIAROLE\d+$/u.test(key) || !/^token-\d+$/u.test(token))).toEqual([]);
    },
    60_000,
  );

  it('gets new credentials before the old ones expire', async () => {
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${endpoint}/role`;
    // Within what the SDK keeps in hand: each request asks the role anew.
    validMs = 30_000;
    const stores = await open();
    await stores.preferred();
    const first = signed.at(-1)?.key;
    await makeBackup(stores.repository, 'near', { backupId });
    expect(await stores.repository.verify('near', backupId)).toMatchObject({ good: true });
    expect(signed.at(-1)?.key).not.toBe(first);
  }, 60_000);

  it('is refused with what to do where there is no role either', async () => {
    process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = endpoint;
    answers = false;
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      retryable: true,
      message: expect.stringContaining('no AWS credentials were found') as string,
      hint: expect.stringContaining('a role to the machine') as string,
    });
  }, 60_000);
});

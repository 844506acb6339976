import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { freePort, type MotoServer, startMoto } from '../testing/index.js';
import { unwrapKey } from './unwrap-key.js';

const login = { accessKeyId: 'test', secretAccessKey: 'test' };

describe('a key that KMS has wrapped', () => {
  let moto: MotoServer;
  let client: KMSClient;
  const region = 'eu-central-1';

  beforeAll(async () => {
    moto = await startMoto();
    client = new KMSClient({ region, endpoint: moto.endpoint, credentials: login });
  }, 90_000);
  afterAll(async () => {
    client?.destroy();
    await moto?.stop();
  });

  const makeKey = async (): Promise<string> => (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const wrapWith = async (keyId: string): Promise<{ wrapped: string; plain: string }> => {
    const made = await client.send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
    const text = (bytes: Uint8Array | undefined, as: BufferEncoding) => Buffer.from(bytes ?? []).toString(as);
    return { wrapped: text(made.CiphertextBlob, 'base64'), plain: text(made.Plaintext, 'hex') };
  };
  const open = (wrapped: string, keyId: string, endpoint = moto.endpoint): Promise<string> =>
    unwrapKey(wrapped, { keyId, region, endpoint, ...login });

  it('is opened, and stays the same when another KMS key takes it over', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    const { wrapped, plain } = await wrapWith(one);
    expect(await open(`${wrapped}\n`, one)).toBe(plain);
    const again = await client.send(
      new ReEncryptCommand({ CiphertextBlob: Buffer.from(wrapped, 'base64'), DestinationKeyId: other }),
    );
    const rewrapped = Buffer.from(again.CiphertextBlob ?? []).toString('base64');
    expect(rewrapped).not.toBe(wrapped);
    expect(await open(rewrapped, other)).toBe(plain);
  });

  it('is refused with what to do where the KMS key is disabled, about to be deleted, or unknown', async () => {
    const [disabled, leaving] = [await makeKey(), await makeKey()];
    const { wrapped } = await wrapWith(disabled);
    await client.send(new DisableKeyCommand({ KeyId: disabled }));
    await expect(open(wrapped, disabled)).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('Disabled') as string,
      hint: expect.stringContaining('enable-key') as string,
    });
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: leaving }));
    await expect(open(wrapped, leaving)).rejects.toMatchObject({
      hint: expect.stringContaining('cancel-key-deletion') as string,
    });
    await expect(open(wrapped, '00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(open('not base64!', disabled)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('is told from a service that is away', async () => {
    const { wrapped } = await wrapWith(await makeKey());
    await expect(open(wrapped, 'any', `http://127.0.0.1:${await freePort()}`)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
    });
  });
});

describe('a KMS that refuses', () => {
  let server: Server;
  let endpoint: string;
  let answers: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    server = createServer((request, response) => {
      const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      const type = answers[action] ?? 'InternalFailure';
      request.resume();
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: type, message: `${action} is refused` }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it.each([
    ['these credentials', 'AccessDeniedException', 'STORE_FAILED', /allow kms:Decrypt/u],
    ['credentials that have expired', 'ExpiredTokenException', 'STORE_FAILED', /other credentials/u],
    ['a key that is disabled', 'DisabledException', 'PRECONDITION_FAILED', /enable-key/u],
    ['what another key has wrapped', 'IncorrectKeyException', 'WRONG_KEY', /generate-data-key-without-plaintext/u],
    ['what was changed', 'InvalidCiphertextException', 'WRONG_KEY', /name the key that did/u],
  ])('%s is said with what to do', async (_, name, code, hint) => {
    answers = { DescribeKey: 'AccessDeniedException', Decrypt: name };
    const access = { keyId: 'alias/backups', region: 'eu-central-1', endpoint, ...login };
    const opened = unwrapKey(Buffer.from('wrapped').toString('base64'), access);
    await expect(opened).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) as string });
  });
});

import {
  CreateKeyCommand,
  DisableKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';

export interface WrappedByKms {
  readonly keyId: string;
  /** Base64. */
  readonly wrapped: string;
  /** Hexadecimal: what the tests compare with, and nobody else sees. */
  readonly plain: string;
  /** The same key, wrapped by another. */
  rewrapFor(keyId: string): Promise<string>;
  disable(): Promise<void>;
}

/** A new KMS key, and a key of 32 bytes that it has wrapped. */
export async function wrappedByKms(endpoint: string, region = 'us-east-1'): Promise<WrappedByKms> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const withClient = async <T>(work: (client: KMSClient) => Promise<T>): Promise<T> => {
    const client = new KMSClient({ region, endpoint, credentials });
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  };
  const { keyId, wrapped, plain } = await withClient(async (client) => {
    const id = (await client.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const made = await client.send(new GenerateDataKeyCommand({ KeyId: id, KeySpec: 'AES_256' }));
    return { keyId: id, wrapped: text(made.CiphertextBlob, 'base64'), plain: text(made.Plaintext, 'hex') };
  });
  return {
    ...{ keyId, wrapped, plain },
    rewrapFor: (other) =>
      withClient(async (client) => {
        const command = new ReEncryptCommand({
          CiphertextBlob: Buffer.from(wrapped, 'base64'),
          DestinationKeyId: other,
        });
        return text((await client.send(command)).CiphertextBlob, 'base64');
      }),
    disable: async () => {
      await withClient((client) => client.send(new DisableKeyCommand({ KeyId: keyId })));
    },
  };
}

function text(bytes: Uint8Array | undefined, encoding: BufferEncoding): string {
  return Buffer.from(bytes ?? []).toString(encoding);
}

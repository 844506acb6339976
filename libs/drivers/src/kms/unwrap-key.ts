import { DecryptCommand, DescribeKeyCommand, KMSClient, KMSServiceException } from '@aws-sdk/client-kms';
import { DrError, type ErrorCode } from '@novacron/contracts';
import { credentialsOf, noCredentials } from '../aws/credentials.js';

export interface KmsAccess {
  /** Its id, ARN, or alias (`alias/backups`). */
  readonly keyId: string;
  readonly region: string;
  /** The service of the region unless given. */
  readonly endpoint?: string;
  /** What the AWS SDK finds by itself unless given. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

const keyBytes = 32;
const requestTimeoutMs = 5_000;
const attempts = 3;

/**
 * Has KMS open a key that it had wrapped (GenerateDataKey, Encrypt): 32 bytes, as 64 hexadecimal digits. It is asked once, when a
 * service starts; the key itself never leaves the process.
 * @throws DrError WRONG_KEY when it was not this key that wrapped it, PRECONDITION_FAILED for a key that is disabled or about to be
 * deleted, STORE_FAILED when the credentials may not use it, UNREACHABLE, each with what to do.
 */
export async function unwrapKey(wrapped: string, access: KmsAccess): Promise<string> {
  const { keyId, region, endpoint } = access;
  const ciphertext = Buffer.from(wrapped.trim(), 'base64');
  if (ciphertext.length === 0 || !/^[A-Za-z0-9+/\s]+={0,2}$/u.test(wrapped.trim())) {
    throw new DrError('INVALID_CONFIG', `what KMS key ${keyId} is to open is not base64`, { hint: makeOne(keyId) });
  }
  const client = new KMSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...credentialsOf(access),
    maxAttempts: attempts,
    requestHandler: { requestTimeout: requestTimeoutMs, connectionTimeout: requestTimeoutMs },
  });
  try {
    await requireEnabled(client, keyId);
    const { Plaintext } = await client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: ciphertext }));
    if (Plaintext?.length === keyBytes) return Buffer.from(Plaintext).toString('hex');
    throw new DrError('INVALID_CONFIG', `what KMS key ${keyId} opens is no key of ${keyBytes} bytes`, {
      hint: makeOne(keyId),
    });
  } catch (error) {
    throw kmsError(error, access);
  } finally {
    client.destroy();
  }
}

/** A key that waits for its deletion still opens: the day it is gone, so is every backup. */
async function requireEnabled(client: KMSClient, keyId: string): Promise<void> {
  const described = await client.send(new DescribeKeyCommand({ KeyId: keyId })).catch((error: unknown) => {
    // Not everybody who may open may also look.
    if (nameOf(error) === 'AccessDeniedException') return undefined;
    throw error;
  });
  const state = described?.KeyMetadata?.KeyState;
  if (state === undefined || state === 'Enabled') return;
  throw stateProblem(keyId, state);
}

function stateProblem(keyId: string, state: string): DrError {
  const isLeaving = state === 'PendingDeletion';
  return new DrError('PRECONDITION_FAILED', `KMS key ${keyId} cannot be used: it is ${state}`, {
    retryable: false,
    hint: isLeaving
      ? `cancel its deletion at once (aws kms cancel-key-deletion --key-id ${keyId}), then enable it: without it no backup can be opened`
      : `enable it (aws kms enable-key --key-id ${keyId}), or make another key current`,
  });
}

const credentialProblems = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'ExpiredTokenException',
  'IncompleteSignature',
]);

function kmsError(error: unknown, { keyId, region, endpoint }: KmsAccess): DrError {
  if (DrError.is(error)) return error;
  const missing = noCredentials(error, `KMS key ${keyId} cannot be used`);
  if (missing !== undefined) return missing;
  const name = nameOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const fail = (code: ErrorCode, text: string, hint: string, retryable = false): DrError =>
    new DrError(code, text, { hint, retryable, cause: error });
  if (name === 'DisabledException' || name === 'KMSInvalidStateException')
    return stateProblem(keyId, name === 'DisabledException' ? 'Disabled' : message);
  if (name === 'NotFoundException')
    return fail(
      'NOT_FOUND',
      `KMS in ${region} has no key ${keyId}`,
      'check the key’s id and the region in the estate file',
    );
  if (name === 'IncorrectKeyException' || name === 'InvalidCiphertextException')
    return fail(
      'WRONG_KEY',
      `KMS key ${keyId} did not wrap what it is to open`,
      `name the key that did, or make one anew: ${makeOne(keyId)}`,
    );
  if (name !== undefined && credentialProblems.has(name))
    return fail(
      'STORE_FAILED',
      `KMS key ${keyId} may not be used with these credentials: ${name}`,
      'allow kms:Decrypt (and kms:DescribeKey) on the key, or give other credentials',
    );
  if (name === undefined)
    return fail(
      'UNREACHABLE',
      `KMS at ${endpoint ?? region} cannot be reached: ${message}`,
      'check the endpoint and the way there; nothing can be sealed or opened without it',
      true,
    );
  return fail(
    'STORE_FAILED',
    `KMS refused to open a key with ${keyId}: ${name}: ${message}`,
    'see what KMS says',
    true,
  );
}

function makeOne(keyId: string): string {
  return `aws kms generate-data-key-without-plaintext --key-id ${keyId} --key-spec AES_256 --query CiphertextBlob --output text`;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof KMSServiceException ? error.name : undefined;
}

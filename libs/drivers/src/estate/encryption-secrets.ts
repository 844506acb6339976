import type { Encryption } from '@novacron/contracts';
import { unwrapKey } from '../kms/unwrap-key.js';
import { awsLogin } from './aws-login.js';
import type { EstateContext } from './estate-context.js';

/**
 * The secrets of the estate's encryption keys by their id: read where they are referred to, or opened by KMS.
 * @throws DrError INVALID_CONFIG naming a secret that cannot be read, or what KMS says (see `unwrapKey`).
 */
export async function encryptionSecrets(
  { keys }: Pick<Encryption, 'keys'>,
  context: Pick<EstateContext, 'secret'>,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const { id, key, kms } of keys) {
    if (kms !== undefined) {
      const { keyId, region, endpoint, wrapped } = kms;
      secrets[id] = await unwrapKey(await context.secret(wrapped), {
        ...{ keyId, region },
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(await awsLogin(kms, context)),
      });
    } else if (key !== undefined) {
      secrets[id] = await context.secret(key);
    }
  }
  return secrets;
}

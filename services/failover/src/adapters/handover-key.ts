import { encryptionSecrets } from '@novacron/drivers';
import { derivedKey, parseKeyring } from '@novacron/repository';
import type { FailoverTargets } from './failover-targets.js';

const keyId = 'handover';

/**
 * What hand-overs are signed with: a key that whoever can write on the bus does not have. The estate's own, or one derived from
 * the key that signs its backups. Read when it is needed, since only a planned move does.
 * @throws DrError INVALID_CONFIG naming what cannot be read, never its value.
 */
export async function handoverKey({ estate, context }: Pick<FailoverTargets, 'estate' | 'context'>): Promise<Buffer> {
  const { handoverKey: own } = estate.failover;
  if (own !== undefined) {
    return derivedKey(parseKeyring(keyId, { [keyId]: await context.secret(own) }), keyId, 'handover');
  }
  const { encryption } = estate.repository;
  const current = { keys: encryption.keys.filter(({ id }) => id === encryption.current) };
  const keyring = parseKeyring(encryption.current, await encryptionSecrets(current, context));
  return derivedKey(keyring, encryption.current, 'handover');
}

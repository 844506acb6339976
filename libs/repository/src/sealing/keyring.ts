import { hkdfSync } from 'node:crypto';
import { DrError, type ProblemDetail } from '@novacron/contracts';

const keyBytes = 32;

/**
 * The keys that open what is stored, by their id, and the one that seals what is written from now on. Rotation adds a key
 * and makes it current: what was sealed earlier names its own key and stays readable as long as that key is kept.
 */
export interface Keyring {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/**
 * A keyring from the text of its secrets: each 32 bytes, as 64 hexadecimal digits or as base64.
 * @throws DrError INVALID_CONFIG naming every key that is wrong, never its value.
 */
export function parseKeyring(current: string, secrets: Readonly<Record<string, string>>): Keyring {
  const problems: ProblemDetail[] = [];
  const keys = new Map<string, Uint8Array>();
  for (const [keyId, text] of Object.entries(secrets)) {
    const key = parseKey(text.trim());
    if (!/^[A-Za-z0-9._-]{1,64}$/u.test(keyId)) {
      problems.push({
        path: `keys.${keyId}`,
        problem: 'a key id is 1 to 64 letters, digits, dots, dashes or underscores',
      });
    } else if (key === undefined) {
      problems.push({ path: `keys.${keyId}`, problem: 'must be 32 bytes, as 64 hexadecimal digits or base64' });
    } else {
      keys.set(keyId, key);
    }
  }
  if (!(current in secrets)) problems.push({ path: 'current', problem: `names no key of the keyring: ${current}` });
  if (problems.length > 0) {
    throw new DrError('INVALID_CONFIG', 'the encryption keys are not usable', {
      details: problems,
      hint: 'make a key with `openssl rand -hex 32`',
    });
  }
  return { current, keys };
}

function parseKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/iu.test(text)) return Buffer.from(text, 'hex');
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === keyBytes && /^[A-Za-z0-9+/]{43}=?$/u.test(text) ? bytes : undefined;
}

/**
 * A key for one purpose, derived (HKDF-SHA256) so that wrapping and signing never share one.
 * @throws DrError WRONG_KEY when the keyring has no key of that id.
 */
export function derivedKey(keyring: Keyring, keyId: string, purpose: 'wrap' | 'sign' | 'handover'): Buffer {
  const key = keyring.keys.get(keyId);
  if (key === undefined) {
    throw new DrError('WRONG_KEY', `the keyring has no key ${keyId}`, {
      details: [{ path: keyId, problem: 'key is missing' }],
    });
  }
  return Buffer.from(hkdfSync('sha256', key, 'novacron-dr', `${purpose}/1`, keyBytes));
}

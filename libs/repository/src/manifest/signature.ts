import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DrError, type Message, type MessageClass, validate } from '@novacron/contracts';
import { derivedKey, type Keyring } from '../sealing/keyring.js';
import { canonicalJson } from './canonical-json.js';

interface Signed {
  readonly signatureKeyId: string;
  readonly signature: string;
}

/** The document with its key id and HMAC-SHA256 over the canonical JSON of all else. */
export function sign<T extends object>(document: T, keyring: Keyring): T & Signed {
  const unsigned = { ...document, signatureKeyId: keyring.current };
  return { ...unsigned, signature: hmac(unsigned, keyring).toString('hex') };
}

/**
 * The document that was stored under the key, checked against its class and its signature.
 * @throws DrError CORRUPT_OBJECT when it was changed, WRONG_KEY when the keyring lacks the key that signed it.
 */
export function readSigned<T extends Message & Signed>(
  type: MessageClass<T>,
  stored: Buffer,
  keyring: Keyring,
  objectKey: string,
): T {
  const document = parse(type, stored, objectKey);
  const { signature, ...unsigned } = document;
  if (!timingSafeEqual(hmac(unsigned, keyring), Buffer.from(signature, 'hex'))) {
    throw corrupt(objectKey, 'its signature does not fit');
  }
  return document;
}

/** Of a document's canonical JSON, as it is stored: what the next manifest names. */
export function documentSha256(document: object): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex');
}

function parse<T extends Message & Signed>(type: MessageClass<T>, stored: Buffer, objectKey: string): T {
  try {
    return validate(type, JSON.parse(stored.toString('utf8')), 'strict');
  } catch (error) {
    throw corrupt(objectKey, `it is not a valid ${type.name}`, error);
  }
}

function hmac(unsigned: { readonly signatureKeyId: string }, keyring: Keyring): Buffer {
  return createHmac('sha256', derivedKey(keyring, unsigned.signatureKeyId, 'sign'))
    .update(canonicalJson(unsigned))
    .digest();
}

function corrupt(objectKey: string, problem: string, cause?: unknown): DrError {
  return new DrError('CORRUPT_OBJECT', `${objectKey} was changed: ${problem}`, {
    details: [{ path: objectKey, problem }, ...(DrError.is(cause) ? cause.details : [])],
    cause,
  });
}

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { derivedKey, type Keyring } from './keyring.js';
import { type SealHeader, tagBytes } from './seal-header.js';

export const headerStartBytes = 6;

const magic = Buffer.from('NCDR');
const version = 1;
const afterKeyId = 4 + 8 + 12 + 32 + tagBytes + 8;
const largestFrameBytes = 16 * 1024 * 1024;

export function headerSizeBytes(keyIdLength: number): number {
  return headerStartBytes + keyIdLength + afterKeyId;
}

/** A header with a fresh data key, wrapped by the keyring's current key. */
export function createHeader(keyring: Keyring, frameSizeBytes: number): SealHeader {
  const keyId = Buffer.from(keyring.current);
  const noncePrefix = randomBytes(8);
  const dataKey = randomBytes(32);
  const wrapNonce = randomBytes(12);
  const frameSize = Buffer.alloc(4);
  frameSize.writeUInt32BE(frameSizeBytes);
  const start = Buffer.concat([magic, Buffer.from([version, keyId.length]), keyId, frameSize, noncePrefix]);
  const cipher = createCipheriv('aes-256-gcm', derivedKey(keyring, keyring.current, 'wrap'), wrapNonce);
  cipher.setAAD(start);
  const wrapped = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  const body = Buffer.concat([start, wrapNonce, wrapped]);
  return { bytes: Buffer.concat([body, checksum(body)]), keyId: keyring.current, frameSizeBytes, noncePrefix, dataKey };
}

/**
 * How long the header is, from its first {@link headerStartBytes} bytes.
 * @throws DrError CORRUPT_OBJECT when this is no sealed object.
 */
export function expectedHeaderBytes(start: Buffer, objectKey: string): number {
  if (start.length < headerStartBytes || !start.subarray(0, 4).equals(magic)) {
    throw new DrError('CORRUPT_OBJECT', `${objectKey} does not begin as a sealed object`);
  }
  if (start[4] !== version) {
    throw new DrError('CORRUPT_OBJECT', `${objectKey} has seal version ${start[4]}, known is ${version}`);
  }
  return headerSizeBytes(start[5] ?? 0);
}

/** No header is longer. */
export const largestHeaderBytes = headerSizeBytes(255);

/** The header that a stored object begins with. @throws DrError as {@link readHeader} does, and when the object ends within it. */
export function headerOf(start: Buffer, keyring: Keyring, objectKey: string): SealHeader {
  const sizeBytes = expectedHeaderBytes(start.subarray(0, headerStartBytes), objectKey);
  if (start.length < sizeBytes) throw new DrError('CORRUPT_OBJECT', `${objectKey} ends within its header`);
  return readHeader(start.subarray(0, sizeBytes), keyring, objectKey);
}

/**
 * The header with its data key unwrapped.
 * @throws DrError CORRUPT_OBJECT when bytes of it changed, WRONG_KEY when the keyring cannot open it.
 */
export function readHeader(bytes: Buffer, keyring: Keyring, objectKey: string): SealHeader {
  const body = bytes.subarray(0, -8);
  if (bytes.length !== expectedHeaderBytes(bytes, objectKey) || !checksum(body).equals(bytes.subarray(-8))) {
    throw new DrError('CORRUPT_OBJECT', `${objectKey} has a damaged header`);
  }
  const keyIdEnd = headerStartBytes + (bytes[5] ?? 0);
  const keyId = bytes.toString('utf8', headerStartBytes, keyIdEnd);
  const frameSizeBytes = bytes.readUInt32BE(keyIdEnd);
  if (frameSizeBytes === 0 || frameSizeBytes > largestFrameBytes) {
    throw new DrError('CORRUPT_OBJECT', `${objectKey} has frames of ${frameSizeBytes} bytes`);
  }
  const startEnd = keyIdEnd + 12;
  const dataKey = unwrap(bytes.subarray(0, startEnd), bytes.subarray(startEnd, -8), keyring, keyId, objectKey);
  return { bytes, keyId, frameSizeBytes, noncePrefix: bytes.subarray(keyIdEnd + 4, startEnd), dataKey };
}

function unwrap(start: Buffer, wrapped: Buffer, keyring: Keyring, keyId: string, objectKey: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', derivedKey(keyring, keyId, 'wrap'), wrapped.subarray(0, 12));
  decipher.setAAD(start);
  decipher.setAuthTag(wrapped.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(12, -tagBytes)), decipher.final()]);
  } catch (error) {
    throw new DrError('WRONG_KEY', `key ${keyId} is not the one that sealed ${objectKey}`, {
      details: [{ path: keyId, problem: 'does not open the object' }],
      cause: error,
    });
  }
}

function checksum(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, 8);
}

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createHash } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { type Keyring, parseKeyring } from './keyring.js';
import { Open, openBytes } from './open.js';
import { Seal, sealBytes, sealedSizeBytes } from './seal.js';

const key = (byte: string): string => byte.repeat(64);
const keyring = parseKeyring('k1', { k1: key('a') });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function openStream(stored: Buffer, keys: Keyring = keyring, objectKey = 'a/b'): Promise<Buffer> {
  return buffer(Readable.from(inPieces(stored, 7)).compose(new Open(keys, objectKey)));
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return DrError.is(error) ? error.code : `not a DrError: ${String(error)}`;
  }
  return 'opened';
}

describe('sealing', () => {
  it.each([0, 1, 15, 16, 17, 31, 32, 33, 48, 100])('gives back %i bytes in frames of 16', async (size) => {
    const plain = randomBytes(size);
    const seal = new Seal(keyring, 'a/b', { frameSizeBytes: 16 });
    const stored = await buffer(Readable.from(inPieces(plain, 5)).compose(seal));
    expect(seal.info).toEqual({
      sizeBytes: stored.length,
      sha256: sha256(stored),
      plainSizeBytes: size,
      plainSha256: sha256(plain),
      keyId: 'k1',
    });
    expect(stored.length).toBe(sealedSizeBytes(size, keyring, 16));
    expect(await openStream(stored)).toEqual(plain);
    expect(openBytes(stored, keyring, 'a/b')).toEqual(plain);
    expect(await openStream(sealBytes(plain, keyring, 'a/b', 16))).toEqual(plain);
  });

  it('finds every single flipped bit', async () => {
    const stored = sealBytes(randomBytes(40), keyring, 'a/b', 16);
    for (let bit = 0; bit < stored.length * 8; bit += 1) {
      const damaged = Buffer.from(stored);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect([bit, codeOf(() => openBytes(damaged, keyring, 'a/b'))]).toEqual([bit, 'CORRUPT_OBJECT']);
    }
  });

  it('finds a cut at every byte, and bytes added', async () => {
    const stored = sealBytes(randomBytes(48), keyring, 'a/b', 16);
    for (let size = 0; size < stored.length; size += 1) {
      const cut = stored.subarray(0, size);
      expect([size, codeOf(() => openBytes(cut, keyring, 'a/b'))]).toEqual([size, 'CORRUPT_OBJECT']);
      await expect(openStream(cut)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    }
    const longer = Buffer.concat([stored, Buffer.alloc(1)]);
    await expect(openStream(longer)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });

  it('finds frames exchanged, doubled or left out', () => {
    const stored = sealBytes(randomBytes(64), keyring, 'a/b', 16);
    const header = stored.subarray(0, stored.length - 4 * 32);
    const [one, two, three, four] = inPieces(stored.subarray(header.length), 32) as [Buffer, Buffer, Buffer, Buffer];
    expect(openBytes(Buffer.concat([header, one, two, three, four]), keyring, 'a/b')).toHaveLength(64);
    for (const frames of [
      [two, one, three, four],
      [one, one, three, four],
      [one, three, four],
      [one, two, four, three],
    ]) {
      const moved = Buffer.concat([header, ...frames]);
      expect(codeOf(() => openBytes(moved, keyring, 'a/b'))).toBe('CORRUPT_OBJECT');
    }
  });

  it('finds an object that stands under another key, or holds a frame of another', () => {
    const one = sealBytes(Buffer.alloc(32), keyring, 'a/b', 16);
    const other = sealBytes(Buffer.alloc(32), keyring, 'a/b', 16);
    expect(codeOf(() => openBytes(one, keyring, 'a/c'))).toBe('CORRUPT_OBJECT');
    const mixed = Buffer.concat([one.subarray(0, -32), other.subarray(-32)]);
    expect(codeOf(() => openBytes(mixed, keyring, 'a/b'))).toBe('CORRUPT_OBJECT');
  });

  it('tells a wrong key from a damaged object, and names the key', async () => {
    const stored = sealBytes(Buffer.from('secret'), keyring, 'a/b');
    const otherValue = parseKeyring('k1', { k1: key('b') });
    const otherId = parseKeyring('k2', { k2: key('a') });
    await expect(openStream(stored, otherValue)).rejects.toMatchObject({
      code: 'WRONG_KEY',
      message: 'key k1 is not the one that sealed a/b',
    });
    await expect(openStream(stored, otherId)).rejects.toMatchObject({
      code: 'WRONG_KEY',
      details: [{ path: 'k1', problem: 'key is missing' }],
    });
  });

  it('opens what the former key sealed after a rotation', async () => {
    const stored = sealBytes(Buffer.from('before'), keyring, 'a/b');
    const rotated = parseKeyring('k2', { k1: key('a'), k2: key('b') });
    expect((await openStream(stored, rotated)).toString()).toBe('before');
    expect(codeOf(() => openBytes(sealBytes(Buffer.from('after'), rotated, 'a/b'), keyring, 'a/b'))).toBe('WRONG_KEY');
  });

  it('never gives the same bytes twice, nor the plaintext', () => {
    const plain = Buffer.from('the same text, long enough to be seen');
    const one = sealBytes(plain, keyring, 'a/b');
    expect(one.equals(sealBytes(plain, keyring, 'a/b'))).toBe(false);
    expect(one.includes('text')).toBe(false);
  });
});

describe('parseKeyring', () => {
  it('takes hexadecimal and base64', () => {
    const keys = parseKeyring('b', { a: `${key('0')}\n`, b: Buffer.alloc(32, 7).toString('base64') }).keys;
    expect(keys.get('a')).toEqual(Buffer.alloc(32));
    expect(keys.get('b')).toEqual(Buffer.alloc(32, 7));
  });

  it('names every wrong key and shows no value', () => {
    expect.assertions(2);
    try {
      parseKeyring('c', { a: 'deadbeef', 'b d': key('0') });
    } catch (error) {
      const { details } = error as DrError;
      expect(details.map((detail) => detail.path)).toEqual(['keys.a', 'keys.b d', 'current']);
      expect(JSON.stringify(details)).not.toContain('deadbeef');
    }
  });
});

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { Transform } from 'node:stream';

export interface BareKey {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

const highWaterMark = 1024 * 1024;

/** The same work with nothing around it: one cipher for all, and both hashes that a stored object is described by. */
export function bareSealer({ key, iv }: BareKey): Transform {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const [plainHash, storedHash] = [createHash('sha256'), createHash('sha256')];
  return new Transform({
    writableHighWaterMark: highWaterMark,
    readableHighWaterMark: highWaterMark,
    transform(chunk: Buffer, _encoding, callback) {
      plainHash.update(chunk);
      const sealed = cipher.update(chunk);
      storedHash.update(sealed);
      callback(null, sealed);
    },
    flush(callback) {
      cipher.final();
      plainHash.digest();
      storedHash.digest();
      callback(null, cipher.getAuthTag());
    },
  });
}

/** Opens what {@link bareSealer} made, without looking at its tag: that stands at the end, after all of it was given out. */
export function bareOpener({ key, iv }: BareKey): Transform {
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  return new Transform({
    writableHighWaterMark: highWaterMark,
    readableHighWaterMark: highWaterMark,
    transform(chunk: Buffer, _encoding, callback) {
      callback(null, decipher.update(chunk));
    },
  });
}

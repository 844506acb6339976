import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { DrError } from '@novacron/contracts';

/**
 * Keeps addresses sealed, and knows them again: a subscriber's id is a keyed hash of the address, so that neither the store nor a link
 * tells who it is. Links are signed with the same key: they need no record of their own.
 */
export class AddressBook {
  private constructor(private readonly key: Buffer) {}

  /** @throws DrError INVALID_CONFIG when the key is not 32 bytes in base64. */
  static of(secret: string): AddressBook {
    const key = Buffer.from(secret.trim(), 'base64');
    if (key.length === 32) return new AddressBook(key);
    throw new DrError('INVALID_CONFIG', 'the key of the status page subscriptions is not 32 bytes in base64', {
      hint: 'make one with: openssl rand -base64 32',
      details: [{ path: 'communication.statusPage.subscriptions.key', problem: 'must be 32 bytes, base64' }],
    });
  }

  idOf(address: string): string {
    return this.mac(`address\n${address.trim().toLowerCase()}`).toString('hex').slice(0, 40);
  }

  seal(address: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv);
    return Buffer.concat([iv, cipher.update(address, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** Undefined for what this key did not seal. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < 28) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /** A link's token: whom it is about, and a proof that we made it for this purpose; `since` makes it good for one request. */
  token(purpose: 'confirm' | 'end', id: string, since = ''): string {
    return `${id}.${this.mac(`${purpose}\n${id}\n${since}`).toString('base64url')}`;
  }

  /** The id in a token, unchecked. */
  idIn(token: string): string {
    return token.split('.', 1)[0] ?? '';
  }

  matches(token: string, purpose: 'confirm' | 'end', since = ''): boolean {
    const [given, wanted] = [Buffer.from(token), Buffer.from(this.token(purpose, this.idIn(token), since))];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  private mac(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}

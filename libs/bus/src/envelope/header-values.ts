import { DrError } from '@novacron/contracts';

const encoder = new TextEncoder();
/** What may stand in a header as it is: printable ASCII but space, quote and percent (CloudEvents NATS binding). */
const plain = /^[\x21\x23\x24\x26-\x7e]*$/u;

/** A header's value by the CloudEvents NATS binding: everything but plain printable ASCII percent-encoded as UTF-8. */
export function encodeHeaderValue(text: string): string {
  if (plain.test(text)) return text;
  let encoded = '';
  // A lone surrogate becomes U+FFFD: it has no UTF-8 form.
  for (const byte of encoder.encode(text)) {
    const stays = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x25;
    encoded += stays ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** @throws DrError INVALID_MESSAGE when what follows a percent sign is not the UTF-8 of anything. */
export function decodeHeaderValue(name: string, value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch (error) {
    throw new DrError('INVALID_MESSAGE', `header ${name} is not percent-encoded UTF-8`, {
      details: [{ path: name, problem: 'must be percent-encoded UTF-8' }],
      cause: error,
    });
  }
}

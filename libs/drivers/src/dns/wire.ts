import { DrError } from '@novacron/contracts';

/** The record types we change. */
export const recordTypes = { A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250 } as const;
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'TXT';

/** Classes have a second meaning in an update (RFC 2136 §2.4, §2.5): NONE removes one record, ANY the whole set. */
export const classes = { IN: 1, NONE: 254, ANY: 255 } as const;

export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

/** A name in wire format, uncompressed and in lower case, as TSIG digests want it (RFC 8945 §4.3.3). */
export function encodeName(name: string): Buffer {
  const labels = name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label, 'ascii');
    if (bytes.length > 63) throw new DrError('INVALID_CONFIG', `a label of ${name} is longer than 63 octets`);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export function encodeRecord(record: ResourceRecord): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(record.type, 0);
  fixed.writeUInt16BE(record.class, 2);
  fixed.writeUInt32BE(record.ttlSeconds, 4);
  fixed.writeUInt16BE(record.data.length, 8);
  return Buffer.concat([encodeName(record.name), fixed, record.data]);
}

/** The data of a record as text, in wire format. */
export function encodeData(type: RecordType, value: string): Buffer {
  if (type === 'CNAME') return encodeName(value);
  if (type === 'TXT') {
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > 255) throw new DrError('INVALID_CONFIG', 'a TXT value is longer than 255 octets');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  }
  if (type === 'A') return Buffer.from(value.split('.').map(Number));
  return encodeIpv6(value);
}

function encodeIpv6(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const words = (text: string): number[] =>
    text
      .split(':')
      .filter((word) => word !== '')
      .map((word) => parseInt(word, 16));
  const before = words(head);
  const after = tail === undefined ? [] : words(tail);
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  const data = Buffer.alloc(16);
  all.forEach((word, i) => data.writeUInt16BE(word, i * 2));
  return data;
}

/** Moves past a name that may be compressed. */
export function skipName(message: Buffer, offset: number): number {
  let at = offset;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new DrError('VERIFY_FAILED', 'a DNS answer ends in the middle of a name');
    if (length === 0) return at + 1;
    if ((length & 0xc0) === 0xc0) return at + 2;
    at += length + 1;
  }
}

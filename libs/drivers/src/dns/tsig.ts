import { createHmac, timingSafeEqual } from 'node:crypto';
import { DrError } from '@novacron/contracts';
import { classes, encodeName, encodeRecord, recordTypes, skipName } from './wire.js';

export interface TsigKeyOptions {
  readonly name: string;
  readonly algorithm: 'hmac-sha256';
  readonly secretBase64: string;
}

const fudgeSeconds = 300;

/** Signs a message and appends the TSIG record (RFC 8945); the MAC is needed to check the answer. */
export function sign(
  message: Buffer,
  key: TsigKeyOptions,
  at: Date,
): { readonly signed: Buffer; readonly mac: Buffer } {
  const time = signedTime(at);
  const mac = digest(key, [message, variables(key, time)]);
  const algorithm = encodeName(key.algorithm);
  const rest = Buffer.alloc(6);
  rest.writeUInt16BE(message.readUInt16BE(0), 0);
  const macSize = Buffer.alloc(2);
  macSize.writeUInt16BE(mac.length);
  const data = Buffer.concat([algorithm, time, macSize, mac, rest]);
  const record = encodeRecord({ name: key.name, type: recordTypes.TSIG, class: classes.ANY, ttlSeconds: 0, data });
  const signed = Buffer.concat([message, record]);
  signed.writeUInt16BE(signed.readUInt16BE(10) + 1, 10);
  return { signed, mac };
}

/**
 * Checks that an answer was signed with our key for our request, so that nobody else on the path can say "done".
 * @throws DrError VERIFY_FAILED when it was not.
 */
export function verifyAnswer(answer: Buffer, key: TsigKeyOptions, requestMac: Buffer): void {
  const additional = answer.readUInt16BE(10);
  const start = additional === 0 ? undefined : lastRecordStart(answer);
  if (start === undefined)
    throw new DrError('VERIFY_FAILED', 'the DNS server did not sign its answer', {
      hint: 'check the TSIG key on both sides',
    });
  const fixed = skipName(answer, start);
  if (answer.readUInt16BE(fixed) !== recordTypes.TSIG)
    throw new DrError('VERIFY_FAILED', 'the DNS server did not sign its answer');
  let at = skipName(answer, fixed + 10);
  const time = answer.subarray(at, at + 8);
  at += 8;
  const macLength = answer.readUInt16BE(at);
  const mac = answer.subarray(at + 2, at + 2 + macLength);
  at += 2 + macLength + 2;
  const errorCode = answer.readUInt16BE(at);
  const other = answer.subarray(at + 2 + 2, at + 4 + answer.readUInt16BE(at + 2));

  const unsigned = Buffer.from(answer.subarray(0, start));
  unsigned.writeUInt16BE(additional - 1, 10);
  const requestMacSize = Buffer.alloc(2);
  requestMacSize.writeUInt16BE(requestMac.length);
  const expected = digest(key, [requestMacSize, requestMac, unsigned, variables(key, time, errorCode, other)]);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) {
    throw new DrError(
      'VERIFY_FAILED',
      `the DNS server's answer is not signed with key ${key.name} (TSIG error ${errorCode})`,
      {
        hint: 'check the TSIG key and the clocks on both sides',
      },
    );
  }
}

function digest(key: TsigKeyOptions, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac('sha256', Buffer.from(key.secretBase64, 'base64'));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** 48 bits of seconds, 16 of fudge. */
function signedTime(at: Date): Buffer {
  const time = Buffer.alloc(8);
  time.writeUIntBE(Math.floor(at.getTime() / 1000), 0, 6);
  time.writeUInt16BE(fudgeSeconds, 6);
  return time;
}

function variables(key: TsigKeyOptions, time: Buffer, errorCode = 0, other: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(classes.ANY, 0);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(errorCode, 0);
  tail.writeUInt16BE(other.length, 2);
  return Buffer.concat([encodeName(key.name), head, encodeName(key.algorithm), time, tail, other]);
}

function lastRecordStart(message: Buffer): number {
  let at = 12;
  for (let i = 0; i < message.readUInt16BE(4); i += 1) at = skipName(message, at) + 4;
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  let start = at;
  for (let i = 0; i < records; i += 1) {
    start = at;
    const fixed = skipName(message, at);
    at = fixed + 10 + message.readUInt16BE(fixed + 8);
  }
  return start;
}

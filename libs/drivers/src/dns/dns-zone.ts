import { randomInt } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { DrError } from '@novacron/contracts';
import { type DnsServer, exchange } from './exchange.js';
import { sign, type TsigKeyOptions, verifyAnswer } from './tsig.js';
import {
  classes,
  encodeData,
  encodeName,
  encodeRecord,
  recordTypes,
  type RecordType,
  type ResourceRecord,
} from './wire.js';

export interface DnsZoneOptions extends DnsServer {
  readonly zone: string;
  readonly key: TsigKeyOptions;
  readonly timeoutMs?: number;
}

export interface RecordChange {
  readonly name: string;
  readonly type: RecordType;
  readonly ttlSeconds: number;
  /** What must stand there now; undefined: nothing of that type. */
  readonly from: string | undefined;
  /** What stands there afterwards; undefined: nothing of that type. */
  readonly to: string | undefined;
}

const updateOpcode = 5 << 11;
const responseCodes: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
};
/** What a prerequisite that does not hold is answered with (RFC 2136 §3.2). */
const preconditionCodes = new Set(['NXDOMAIN', 'YXDOMAIN', 'YXRRSET', 'NXRRSET']);

/** One zone on its primary server, changed by RFC 2136 with TSIG, each change a compare-and-swap. */
export class DnsZone {
  constructor(private readonly options: DnsZoneOptions) {}

  /** The values of a record set as the server itself answers, without any cache between; empty when there are none. */
  async read(name: string, type: RecordType): Promise<string[]> {
    const resolver = new Resolver({ timeout: this.timeoutMs, tries: 1 });
    resolver.setServers([`${this.options.host}:${this.options.port}`]);
    try {
      if (type === 'TXT') return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
      return (await resolver.resolve(name, type)) as string[];
    } catch (cause) {
      const code = (cause as { code?: string }).code;
      if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
      throw new DrError(
        'UNREACHABLE',
        `dns server ${this.options.host}:${this.options.port} did not answer for ${name} (${code ?? 'no code'})`,
        { cause },
      );
    }
  }

  /**
   * Replaces a record set, provided that it is what `from` says; read back at the server.
   * @throws DrError PRECONDITION_FAILED when something else stands there, with what it is.
   */
  async replace(change: RecordChange): Promise<void> {
    const { signed, mac } = sign(this.message(change), this.options.key, new Date());
    const { answer, repeated } = await exchange(this.options, signed, this.timeoutMs);
    const code = responseCodes[answer.readUInt16BE(2) & 0x000f];
    if (code !== undefined && preconditionCodes.has(code)) {
      const found = await this.read(change.name, change.type);
      // The first of two copies of the message made the change that the second then stumbled over.
      if (repeated && holds(found, change.to)) return;
      throw new DrError('PRECONDITION_FAILED', `${change.name} ${change.type} is not ${change.from ?? 'absent'}`, {
        details: [{ path: change.name, problem: `is ${found.join(', ') || 'absent'} (${code})` }],
      });
    }
    if (code !== undefined) {
      throw new DrError(
        'COMMAND_FAILED',
        `dns server ${this.options.host}:${this.options.port} refused the update of ${change.name}: ${code}`,
        {
          hint: 'check the zone, the TSIG key and its update permission',
        },
      );
    }
    verifyAnswer(answer, this.options.key, mac);
    const found = await this.read(change.name, change.type);
    if (!holds(found, change.to)) {
      throw new DrError(
        'VERIFY_FAILED',
        `${change.name} ${change.type} reads ${found.join(', ') || 'absent'} after the update`,
      );
    }
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? 2000;
  }

  private message(change: RecordChange): Buffer {
    const type = recordTypes[change.type];
    const record = (cls: number, value: string | undefined, ttlSeconds = 0): ResourceRecord => ({
      name: change.name,
      type,
      class: cls,
      ttlSeconds,
      data: value === undefined ? Buffer.alloc(0) : encodeData(change.type, value),
    });
    const prerequisite = change.from === undefined ? record(classes.NONE, undefined) : record(classes.IN, change.from);
    const added = change.to === undefined ? [] : [record(classes.IN, change.to, change.ttlSeconds)];
    const updates = [record(classes.ANY, undefined), ...added];
    const header = Buffer.alloc(12);
    header.writeUInt16BE(randomInt(0x10000), 0);
    header.writeUInt16BE(updateOpcode, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(1, 6);
    header.writeUInt16BE(updates.length, 8);
    const zone = Buffer.alloc(4);
    zone.writeUInt16BE(recordTypes.SOA, 0);
    zone.writeUInt16BE(classes.IN, 2);
    return Buffer.concat([
      header,
      encodeName(this.options.zone),
      zone,
      encodeRecord(prerequisite),
      ...updates.map(encodeRecord),
    ]);
  }
}

/** Names compare without case and without the dot at their end. */
function holds(found: readonly string[], value: string | undefined): boolean {
  if (value === undefined) return found.length === 0;
  const plain = (text: string): string => text.toLowerCase().replace(/\.$/u, '');
  return found.length === 1 && plain(found[0] ?? '') === plain(value);
}

import type { TargetRequirements } from '@novacron/contracts';
import { bytesWords, durationWords } from '../words.js';

/** What a server that may be promoted says of itself. */
export interface TargetFacts {
  readonly maxConnections: number;
  /** Senders of WAL and slots that are not used: room for standbys of its own. */
  readonly freeSenders: number;
  readonly freeSlots: number;
  /** `150018` for 15.18. */
  readonly version: number;
  /** Its clock less ours; what the question took is taken off. */
  readonly clockOffsetMs: number;
  /** Received and not replayed yet. */
  readonly replayBytes: number;
  /** Absent: nobody can tell, from here or from there. */
  readonly freeBytes?: number;
}

/** What it is held against beside policy. */
export interface Reference {
  /** Of the primary, as it was last seen. */
  readonly maxConnections?: number;
  readonly version?: number;
  /** Standbys that will receive from the new primary. */
  readonly standbys: number;
}

const defaults = { freeBytes: 1_073_741_824, replayBytes: 16_777_216, clockOffsetMs: 2_000 } as const;

export type Limits = Pick<
  TargetRequirements,
  'minimumConnections' | 'minimumFreeBytes' | 'maximumReplayBytes' | 'whenUnknown'
> & {
  readonly maximumClockOffsetMs?: number;
};

/** What a target is short of, each in words that can stand after its name; empty: it can take over. */
export function shortfalls(facts: TargetFacts, limits: Limits, reference: Reference): string[] {
  const connections = limits.minimumConnections ?? reference.maxConnections ?? 0;
  const free = limits.minimumFreeBytes ?? defaults.freeBytes;
  const replay = limits.maximumReplayBytes ?? defaults.replayBytes;
  const offset = limits.maximumClockOffsetMs ?? defaults.clockOffsetMs;
  const { maxConnections, freeSenders, freeSlots, version, clockOffsetMs, replayBytes, freeBytes } = facts;
  const short: string[] = [];
  if (maxConnections < connections) short.push(`takes ${maxConnections} connections, ${connections} are needed`);
  if (freeSenders < reference.standbys)
    short.push(`has room for ${freeSenders} senders of WAL, ${reference.standbys} standbys will follow it`);
  if (freeSlots < reference.standbys)
    short.push(`has room for ${freeSlots} replication slots, ${reference.standbys} standbys will follow it`);
  if (freeBytes !== undefined && freeBytes < free)
    short.push(`has ${bytesWords(freeBytes)} free on its disk, ${bytesWords(free)} are needed`);
  if (freeBytes === undefined && limits.whenUnknown === 'short')
    short.push(`has a disk of which nobody can tell how much is free, ${bytesWords(free)} are needed`);
  if (reference.version !== undefined && version < reference.version)
    short.push(`runs PostgreSQL ${versionWords(version)}, older than the primary's ${versionWords(reference.version)}`);
  if (replayBytes > replay)
    short.push(`has ${bytesWords(replayBytes)} to replay before it can be promoted, more than ${bytesWords(replay)}`);
  if (Math.abs(clockOffsetMs) > offset)
    short.push(
      `has a clock ${durationWords(Math.abs(clockOffsetMs))} ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} ours, more than ${durationWords(offset)}`,
    );
  return short;
}

function versionWords(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}

/** What could not be found out, so that a target that is short of nothing is not taken for one of which all is known. */
export function unknowns({ freeBytes }: TargetFacts): string[] {
  return freeBytes === undefined ? ['how much of its disk is free'] : [];
}

import { compactTime, parseCompactTime } from '../catalog/layout.js';
import { parseSegmentName, segmentName, type Segment, timelineName } from './segment.js';

/**
 * Where the archive of one PostgreSQL system is, by its system identifier. A segment grows by chunks, each written once:
 *
 * ```
 * wal/<systemId>/<timeline>/<segment>/<start>-<end>[-<time>]    bytes start to end (exclusive, hexadecimal) of the segment
 * wal/<systemId>/history/<timeline>.history                     where the timeline branched off
 * ```
 *
 * The time is that of the last commit the chunk holds, so that listing alone tells what can be reached.
 */
export interface Chunk extends Segment {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** Milliseconds since 1970; every transaction that committed until then is in the WAL before `end`. */
  readonly lastCommitAtMs?: number;
}

export const walPrefix = 'wal/';

export function systemPrefix(systemId: string): string {
  return `${walPrefix}${systemId}/`;
}

export function historyKey(systemId: string, timeline: number): string {
  return `${systemPrefix(systemId)}history/${timelineName(timeline)}.history`;
}

export function chunkKey(
  systemId: string,
  segment: Segment,
  segmentSizeBytes: number,
  range: { readonly start: number; readonly end: number; readonly lastCommitAt?: Date },
): string {
  const folder = `${systemPrefix(systemId)}${timelineName(segment.timeline)}/${segmentName(segment, segmentSizeBytes)}`;
  const time = range.lastCommitAt === undefined ? '' : `-${compactTime(range.lastCommitAt)}`;
  return `${folder}/${offset(range.start)}-${offset(range.end)}${time}`;
}

/** The chunk that a key means; undefined for a history file or anything that is not ours. */
export function parseChunkKey(key: string, segmentSizeBytes: number): Chunk | undefined {
  const found = /^wal\/[^/]+\/[0-9A-F]{8}\/([0-9A-F]{24})\/([0-9A-F]{8})-([0-9A-F]{8})(?:-([0-9TZ.]+))?$/u.exec(key);
  if (found === null) return undefined;
  const [start, end] = [Number.parseInt(found[2] ?? '', 16), Number.parseInt(found[3] ?? '', 16)];
  const lastCommitAtMs = found[4] === undefined ? undefined : parseCompactTime(found[4]);
  const segment = parseSegmentName(found[1] ?? '', segmentSizeBytes);
  return { ...segment, key, start, end, ...(lastCommitAtMs === undefined ? {} : { lastCommitAtMs }) };
}

/** The timeline that a key of a history file means. */
export function parseHistoryKey(key: string): number | undefined {
  const found = /^wal\/[^/]+\/history\/([0-9A-F]{8})\.history$/u.exec(key);
  return found === null ? undefined : Number.parseInt(found[1] ?? '', 16);
}

function offset(bytes: number): string {
  return bytes.toString(16).toUpperCase().padStart(8, '0');
}

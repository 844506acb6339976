import { defaultSegmentSizeBytes, type Lsn } from '@novacron/repository';

const pageBytes = 8_192;
/** Of a page, and of the first page of a segment, on a 64-bit server. */
const [pageHeaderBytes, segmentHeaderBytes] = [24, 40];
const recordHeaderBytes = 24;
/** PostgreSQL's `XLogRecordMaxSize`. */
const longestRecordBytes = 1_020 * 1024 * 1024;

/** A record begins with its whole length. */
export const lengthBytes = 4;

/** Why replay should have gone on from where it ended. */
export interface Shortfall {
  readonly problem: string;
  /** What was to be replayed is there: another attempt may read it. */
  readonly canPass: boolean;
}

/** Where the record after one that ended here begins: behind the header, where that was the end of a page. */
export function nextRecord(end: Lsn): Lsn {
  return end + BigInt(headerAt(end));
}

/**
 * Whether replay had a reason to end before the archive does; undefined when it had. An archive is received as it is written, and may
 * end within a record: that one cannot be replayed, and is the only good reason. A server takes a file that it cannot get, and
 * anything that is no record, for the end of all WAL too. `length` is what is at {@link nextRecord}; absent without such a file.
 */
export function shortfall(ended: Lsn, until: Lsn, length: number | undefined): Shortfall | undefined {
  const begin = nextRecord(ended);
  if (begin + BigInt(lengthBytes) > until) return undefined;
  if (length === undefined) return { problem: 'the WAL file that goes on there is missing', canPass: false };
  if (length < recordHeaderBytes || length > longestRecordBytes)
    return { problem: 'what is archived there is no record', canPass: false };
  if (recordEnd(begin, length) > until) return undefined;
  return { problem: 'the record that is archived there was not replayed', canPass: true };
}

/** A record goes on behind the header of each page that it reaches into. */
function recordEnd(begin: Lsn, length: number): Lsn {
  let [at, left] = [begin, length];
  for (;;) {
    const room = pageBytes - Number(at % BigInt(pageBytes));
    if (left <= room) return at + BigInt(left);
    left -= room;
    at = nextRecord(at + BigInt(room));
  }
}

function headerAt(lsn: Lsn): number {
  if (lsn % BigInt(pageBytes) !== 0n) return 0;
  return lsn % BigInt(defaultSegmentSizeBytes) === 0n ? segmentHeaderBytes : pageHeaderBytes;
}

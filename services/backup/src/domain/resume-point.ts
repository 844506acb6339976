import { type Lsn, segmentAt } from '@novacron/repository';

/** A position on a timeline up to which WAL is spooled or archived. */
export interface WalPosition {
  readonly timeline: number;
  readonly lsn: Lsn;
}

/** Where a timeline was left for the next. */
export interface Branch {
  readonly timeline: number;
  readonly switchLsn: Lsn;
}

export interface ResumePoint {
  readonly timeline: number;
  /** The WAL segment to begin with, counted from the start of all WAL. */
  readonly number: bigint;
}

/**
 * Where to begin receiving from a server so that the archive has no gap: in the segment of the furthest position we hold that
 * lies in that server's own past. What we hold of a history that it does not share is not gone on from. Undefined when we
 * hold nothing of its past.
 */
export function resumePoint(
  server: { readonly timeline: number; readonly branches: readonly Branch[] },
  held: readonly WalPosition[],
  segmentSizeBytes: number,
): ResumePoint | undefined {
  const ends = new Map<number, Lsn>(server.branches.map(({ timeline, switchLsn }) => [timeline, switchLsn]));
  const shared = held.flatMap(({ timeline, lsn }): WalPosition[] => {
    if (timeline === server.timeline) return [{ timeline, lsn }];
    const end = ends.get(timeline);
    return end === undefined ? [] : [{ timeline, lsn: lsn < end ? lsn : end }];
  });
  const furthest = shared.reduce<WalPosition | undefined>(
    (best, one) =>
      best === undefined || one.lsn > best.lsn || (one.lsn === best.lsn && one.timeline > best.timeline) ? one : best,
    undefined,
  );
  if (furthest === undefined) return undefined;
  const number = segmentAt(furthest.lsn, segmentSizeBytes);
  const begin = number * BigInt(segmentSizeBytes);
  // A timeline that was left just where this segment begins has nothing in it; pg_receivewal, which asks a server for the end of
  // a timeline, is answered with the next one's name in place of WAL, takes that for an error and ends, each time it is started.
  const past = server.branches.filter(({ timeline, switchLsn }) => timeline >= furthest.timeline && switchLsn > begin);
  const timeline = Math.min(...past.map((branch) => branch.timeline), server.timeline);
  return { timeline, number };
}

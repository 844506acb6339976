import { compareLsn, type Lsn } from './lsn.js';

export interface BranchPoint {
  /** The timeline that was left. */
  readonly timeline: number;
  readonly switchLsn: Lsn;
}

/** On which line of timelines a server's data lie, and how far they reach. */
export interface DataLine {
  readonly timeline: number;
  /** The timelines before it, oldest first, with the position where each was left; absent: nobody could read them. */
  readonly history?: readonly BranchPoint[];
  /** How far it is on its own timeline; of a primary, how far it was when it was last seen. */
  readonly position?: Lsn | null;
}

/** How one server's data stand to a primary's. */
export interface Descent {
  /** In words that follow the server's name; absent: its data are the primary's, as far as they go. */
  readonly fork?: string;
  /** How far it goes along the primary's own line; what is its own does not count. */
  readonly position?: Lsn;
}

/**
 * Whether a standby's data lie on the primary's line: it is on one of the primary's timelines and has not gone on there after the primary
 * left it, or it has left the primary's last timeline no earlier than everything that was seen of it. Numbers of timelines say nothing
 * of that: a server that was promoted aside may have a lower one, or the same.
 *
 * Where a history could not be read, as much is compared as is known; a number above the primary's is then a fork.
 */
export function descent(primary: DataLine, standby: DataLine): Descent {
  const primaryPath = pathOf(primary);
  const standbyPath = pathOf(standby);
  if (primaryPath === undefined) return byNumber(primary, standby);
  if (standbyPath === undefined) return byPlace(primary, primaryPath, standby);
  for (const [index, mine] of standbyPath.entries()) {
    const other = primaryPath[index];
    const before = primaryPath[index - 1];
    if (other?.timeline !== mine.timeline) return forked(standby, primary, before);
    const isLast = { primary: index === primaryPath.length - 1, standby: index === standbyPath.length - 1 };
    if (isLast.standby) return isLast.primary ? along(mine.end) : behind(standby, primary, mine.end, other);
    if (isLast.primary) return ahead(standby, primary, mine, other);
    if (mine.end !== other.end) return forked(standby, primary, earlier(mine, other));
  }
  return {};
}

/** A timeline, and where it was left or how far it has come. */
interface Stretch {
  readonly timeline: number;
  readonly end: Lsn | undefined;
}

function pathOf({ timeline, history, position }: DataLine): Stretch[] | undefined {
  if (history === undefined && timeline > 1) return undefined;
  const left = (history ?? []).map((point) => ({ timeline: point.timeline, end: point.switchLsn }));
  return [...left, { timeline, end: position ?? undefined }];
}

function byNumber(primary: DataLine, standby: DataLine): Descent {
  return standby.timeline > primary.timeline ? forked(standby, primary) : along(standby.position ?? undefined);
}

function byPlace(primary: DataLine, path: readonly Stretch[], standby: DataLine): Descent {
  const index = path.findIndex(({ timeline }) => timeline === standby.timeline);
  const place = path[index];
  if (place === undefined) return forked(standby, primary);
  const position = standby.position ?? undefined;
  return index === path.length - 1 ? along(position) : behind(standby, primary, position, place);
}

/** On a timeline that the primary has left. */
function behind(standby: DataLine, primary: DataLine, position: Lsn | undefined, left: Stretch): Descent {
  const isPast = position !== undefined && left.end !== undefined && compareLsn(position, left.end) > 0;
  return isPast ? forked(standby, primary, left) : along(position);
}

/** On a timeline that branches off the primary's last one. */
function ahead(standby: DataLine, primary: DataLine, left: Stretch, seen: Stretch): Descent {
  const lacks = left.end !== undefined && seen.end !== undefined && compareLsn(left.end, seen.end) < 0;
  return lacks ? forked(standby, primary, left) : along(left.end);
}

function earlier(a: Stretch, b: Stretch): Stretch {
  return a.end !== undefined && b.end !== undefined && compareLsn(b.end, a.end) < 0 ? b : a;
}

function along(position: Lsn | undefined): Descent {
  return position === undefined ? {} : { position };
}

function forked(standby: DataLine, primary: DataLine, left?: Stretch): Descent {
  const where = left?.end === undefined ? '' : `, which parted from it at ${left.end} of timeline ${left.timeline}`;
  return { fork: `is on timeline ${standby.timeline}${where}, not on the line of the primary's ${primary.timeline}` };
}

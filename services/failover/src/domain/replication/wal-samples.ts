import { compareLsn, type Lsn, lsnDiffBytes } from '@novacron/drivers';

/** Where a primary's WAL stood at a moment, and how many rows it had written by then. */
export interface WalSample {
  /** Milliseconds of the epoch, by the clock of whoever looked. */
  readonly atMs: number;
  readonly lsn: Lsn;
  /** Rows inserted, updated and deleted since the server counts. */
  readonly rows: number;
}

/** What is lost when a standby is promoted that stands at a position. */
export interface Loss {
  readonly ms: number;
  readonly bytes: number;
  /** Absent where the server's count was reset meanwhile. */
  readonly rows?: number;
  /** Somebody did not look for a while, or the samples do not reach back far enough: it is this, or more. */
  readonly atLeast?: true;
  /** The samples do not reach back to where the standby stands: how much more it is nobody knows. */
  readonly openEnded?: true;
}

const kept = 120;

/**
 * The samples with one more. A position that did not move keeps one sample, the latest: up to then nothing was written. When
 * there are too many, every second of the older half goes, so that a long lag can still be told, only less finely.
 */
export function withSample(samples: readonly WalSample[], next: WalSample): WalSample[] {
  const earlier = beforeClock(samples, next.atMs);
  const before = earlier.at(-1)?.lsn === next.lsn ? earlier.slice(0, -1) : earlier;
  const all = [...before, next];
  if (all.length <= kept) return all;
  const half = kept / 2;
  return [...all.slice(0, half).filter((_, index) => index % 2 === 0), ...all.slice(half)];
}

/** Between the last sample and one by a clock that was set back since: nobody knows how long it was. */
const unknownGapMs = 1_000;

/** The samples on the clock of a look that comes after them: where that clock was set back they are as old as they were. */
function beforeClock(samples: readonly WalSample[], nowMs: number): readonly WalSample[] {
  const last = samples.at(-1);
  if (last === undefined || last.atMs <= nowMs) return samples;
  const backMs = last.atMs - nowMs + unknownGapMs;
  return samples.map((sample) => ({ ...sample, atMs: sample.atMs - backMs }));
}

/** Looks that were missed in a row before what nobody saw is called more than a gap between two looks. */
const missedLooks = 5;

/** Up to this long ago the pace of writing tells how much nobody saw. */
const paceOverMs = 30_000;
/** Over less the counters of rows jump: a session reports them once a second. */
const paceWindowMs = 2_000;
/** So far the count of rows is behind what is written. */
const countDelayMs = 1_000;

/**
 * The loss at a standby's position. Samples end before the primary does: what it wrote between the last of them and `aliveUntilMs`
 * nobody has counted, so that this time is added, at least one interval, with as much as the primary wrote at its quickest of
 * late; when whoever looks was away for longer it is this or more. Undefined without a sample.
 */
export function lossAt(
  samples: readonly WalSample[],
  position: Lsn,
  { intervalMs, aliveUntilMs }: { readonly intervalMs: number; readonly aliveUntilMs: number },
): Loss | undefined {
  const last = samples.at(-1);
  const [oldest] = samples;
  if (last === undefined || oldest === undefined) return undefined;
  const unseenMs = Math.max(intervalMs, aliveUntilMs - last.atMs);
  const pace = quickestPace(samples);
  const unseenBytes = Math.ceil(pace.bytesPerMs * unseenMs);
  const unseenRows = Math.ceil(pace.rowsPerMs * (unseenMs + countDelayMs));
  const isBlind = unseenMs > missedLooks * intervalMs;
  const seenBytes = Number(lsnDiffBytes(last.lsn, position));
  if (seenBytes <= 0) {
    const bytes = Math.max(0, seenBytes + unseenBytes);
    return { ms: unseenMs, bytes, rows: bytes === 0 ? 0 : unseenRows, ...(isBlind ? { atLeast: true as const } : {}) };
  }
  const reached = samples.findLast((sample) => compareLsn(sample.lsn, position) <= 0);
  const from = reached ?? oldest;
  const rows = last.rows - from.rows;
  return {
    ms: last.atMs - from.atMs + unseenMs,
    bytes: seenBytes + unseenBytes,
    ...(rows < 0 ? {} : { rows: rows + unseenRows }),
    ...(reached === undefined || isBlind ? { atLeast: true as const } : {}),
    ...(reached === undefined ? { openEnded: true as const } : {}),
  };
}

interface Pace {
  readonly bytesPerMs: number;
  readonly rowsPerMs: number;
}

function quickestPace(samples: readonly WalSample[]): Pace {
  const lastMs = samples.at(-1)?.atMs ?? 0;
  const recent = samples.filter(({ atMs }) => lastMs - atMs <= paceOverMs);
  const paces = recent.flatMap((from) => {
    const to = recent.find(({ atMs }) => atMs - from.atMs >= paceWindowMs);
    return to === undefined ? [] : [paceBetween(from, to)];
  });
  const [first] = recent;
  const last = recent.at(-1);
  if (paces.length === 0 && first !== undefined && last !== undefined && first !== last)
    paces.push(paceBetween(first, last));
  return {
    bytesPerMs: Math.max(0, ...paces.map(({ bytesPerMs }) => bytesPerMs)),
    rowsPerMs: Math.max(0, ...paces.map(({ rowsPerMs }) => rowsPerMs)),
  };
}

function paceBetween(from: WalSample, to: WalSample): Pace {
  const ms = to.atMs - from.atMs;
  return { bytesPerMs: Number(lsnDiffBytes(to.lsn, from.lsn)) / ms, rowsPerMs: (to.rows - from.rows) / ms };
}

/** Of several databases that are lost together: the longest time, the sum of what is missing. */
export function worstOf(losses: readonly Loss[]): Loss {
  return losses.reduce<Loss>(
    (sum, { ms, bytes, rows, atLeast, openEnded }) => ({
      ms: Math.max(sum.ms, ms),
      bytes: sum.bytes + bytes,
      ...(rows === undefined || sum.rows === undefined ? {} : { rows: sum.rows + rows }),
      ...(atLeast === true || sum.atLeast === true ? { atLeast: true as const } : {}),
      ...(openEnded === true || sum.openEnded === true ? { openEnded: true as const } : {}),
    }),
    { ms: 0, bytes: 0, rows: 0 },
  );
}

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
  /** The samples do not reach back far enough: it is this, or more. */
  readonly atLeast?: true;
}

const kept = 120;

/**
 * The samples with one more. A position that did not move keeps one sample, the latest: up to then nothing was written. When
 * there are too many, every second of the older half goes, so that a long lag can still be told, only less finely.
 */
export function withSample(samples: readonly WalSample[], next: WalSample): WalSample[] {
  const last = samples.at(-1);
  const before = last?.lsn === next.lsn ? samples.slice(0, -1) : samples;
  const all = [...before, next];
  if (all.length <= kept) return all;
  const half = kept / 2;
  return [...all.slice(0, half).filter((_, index) => index % 2 === 0), ...all.slice(half)];
}

/** Looks that were missed in a row before what nobody saw is called more than a gap between two looks. */
const missedLooks = 5;

/**
 * The loss at a standby's position. Samples end before the primary does: what it wrote between the last of them and `aliveUntilMs`,
 * nobody has counted, so that this time is added, at least one interval; when whoever looks was away for longer, it is this or
 * more. Undefined without a sample.
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
  const blind = unseenMs > missedLooks * intervalMs ? { atLeast: true as const } : {};
  const bytes = Number(lsnDiffBytes(last.lsn, position));
  if (bytes <= 0) return { ms: unseenMs, bytes: 0, rows: 0, ...blind };
  const reached = samples.findLast((sample) => compareLsn(sample.lsn, position) <= 0);
  const from = reached ?? oldest;
  const rows = last.rows - from.rows;
  return {
    ms: last.atMs - from.atMs + unseenMs,
    bytes,
    ...(rows < 0 ? {} : { rows }),
    ...(reached === undefined ? { atLeast: true as const } : blind),
  };
}

/** Of several databases that are lost together: the longest time, the sum of what is missing. */
export function worstOf(losses: readonly Loss[]): Loss {
  return losses.reduce<Loss>(
    (sum, { ms, bytes, rows, atLeast }) => ({
      ms: Math.max(sum.ms, ms),
      bytes: sum.bytes + bytes,
      ...(rows === undefined || sum.rows === undefined ? {} : { rows: sum.rows + rows }),
      ...(atLeast === true || sum.atLeast === true ? { atLeast: true as const } : {}),
    }),
    { ms: 0, bytes: 0, rows: 0 },
  );
}

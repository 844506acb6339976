import type { DrillTimeline } from './drill-report.js';
import { px } from './markup.js';
import { type TimeAxis, xOf } from './time-axis.js';

/** The width of one count of the histogram. */
export const bucketMs = 500;

/** Acknowledged writes as columns of half a second; a half second without any stays empty, and is seen to be. */
export function writesMarkup(writes: DrillTimeline['writes'], axis: TimeAxis, top: number, height: number): string {
  const most = Math.max(1, ...writes.map((bucket) => bucket.acknowledged));
  const columns = writes.map(({ at, acknowledged }) => {
    const from = xOf(axis, Date.parse(at));
    const to = xOf(axis, Date.parse(at) + bucketMs);
    if (to <= from) return '';
    const tall = (acknowledged / most) * height;
    const width = Math.max(0.4, to - from - (to - from > 3 ? 1 : 0));
    return `<rect class="write" x="${px(from)}" y="${px(top + height - tall)}" width="${px(width)}" height="${px(tall)}"/>`;
  });
  const base = px(top + height);
  return `${columns.join('')}<line class="base" x1="${px(axis.left)}" x2="${px(axis.left + axis.width)}" y1="${base}" y2="${base}"/>`;
}

/** The longest stretch without an acknowledged write that contains `atMs`; undefined where writes went on. */
export function gapAround(writes: DrillTimeline['writes'], atMs: number): { fromMs: number; toMs: number } | undefined {
  const times = writes.map((bucket) => Date.parse(bucket.at)).toSorted((a, b) => a - b);
  const before = times.findLast((time) => time <= atMs);
  const after = times.find((time) => time > atMs);
  if (before === undefined || after === undefined || after - before <= bucketMs) return undefined;
  return { fromMs: before + bucketMs, toMs: after };
}

import type { DrillTimeline } from './drill-report.js';
import { escaped, px } from './markup.js';
import { type TimeAxis, xOf } from './time-axis.js';

export type Moment = DrillTimeline['events'][number];

/** How a kind of moment is drawn: what broke, what noticed or acted, what was reached, and the rest. */
export function toneOf(kind: string): 'bad' | 'act' | 'good' | 'quiet' {
  if (kind === 'fault') return 'bad';
  if (kind === 'detected' || kind === 'decided') return 'act';
  if (kind === 'completed' || kind === 'recovered') return 'good';
  return 'quiet';
}

/** Moments of the way out of the disaster; backups and single steps have their own places. */
export function isMilestone(moment: Moment): boolean {
  return toneOf(moment.kind) !== 'quiet';
}

const charWidth = 6.4;
const laneHeight = 17;

export interface PlacedLabel {
  readonly moment: Moment;
  readonly x: number;
  readonly lane: number;
  readonly anchor: 'start' | 'end';
}

/** Labels side by side where they fit, else one lane lower: none covers another, none leaves the drawing. */
export function placeLabels(moments: readonly Moment[], axis: TimeAxis): PlacedLabel[] {
  const laneEnds: number[] = [];
  return moments
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map((moment) => {
      const x = xOf(axis, Date.parse(moment.at));
      const width = moment.label.length * charWidth + 12;
      const anchor = x + width > axis.left + axis.width ? ('end' as const) : ('start' as const);
      const from = anchor === 'start' ? x : x - width;
      let lane = laneEnds.findIndex((end) => end <= from);
      if (lane < 0) lane = laneEnds.length;
      laneEnds[lane] = from + width;
      return { moment, x, lane, anchor };
    });
}

export function lanesHeight(labels: readonly PlacedLabel[]): number {
  return labels.length === 0 ? 0 : (Math.max(...labels.map((label) => label.lane)) + 1) * laneHeight;
}

/** Each label at the top of its line, which goes down to `bottom`, and behind the rows as a hint to `faintTo`. */
export function labelsMarkup(labels: readonly PlacedLabel[], top: number, bottom: number, faintTo = bottom): string {
  return labels
    .map(({ moment, x, lane, anchor }) => {
      const tone = toneOf(moment.kind);
      const y = top + lane * laneHeight;
      const dx = anchor === 'start' ? 5 : -5;
      return (
        `<g class="moment ${tone}"><title>${escaped(`${moment.at} ${moment.label}`)}</title>` +
        `<line x1="${px(x)}" x2="${px(x)}" y1="${px(y + 2)}" y2="${px(bottom)}"/>` +
        (faintTo > bottom
          ? `<line class="faint" x1="${px(x)}" x2="${px(x)}" y1="${px(bottom)}" y2="${px(faintTo)}"/>`
          : '') +
        `<text x="${px(x + dx)}" y="${px(y + 12)}" text-anchor="${anchor}">${escaped(moment.label)}</text></g>`
      );
    })
    .join('');
}

import type { DrillTimeline } from './drill-report.js';
import { escaped, px } from './markup.js';
import { isMilestone, labelsMarkup, lanesHeight, type Moment, placeLabels } from './moments.js';
import { readable } from './readable.js';
import { axisMarkup, type TimeAxis, xOf } from './time-axis.js';
import { gapAround, writesMarkup } from './writes-picture.js';

const width = 960;
const left = 170;
const right = 16;
const writesHeight = 72;
const rowHeight = 20;
const marginMs = 1_500;

/**
 * The outage, drawn large: from a moment before the kill to a moment after the first write again, with every step between.
 * Empty when nothing was killed or nothing came back.
 */
export function outagePicture(timeline: DrillTimeline): string {
  const killed = timeline.events.find((event) => event.kind === 'fault');
  const back = timeline.events.find(
    (event) => event.kind === 'recovered' && killed !== undefined && Date.parse(event.at) >= Date.parse(killed.at),
  );
  if (killed === undefined || back === undefined) return '';
  const zeroMs = Date.parse(killed.at);
  const done = timeline.events.find((event) => event.kind === 'completed' && Date.parse(event.at) >= zeroMs);
  const endMs = Math.max(Date.parse(back.at), done === undefined ? 0 : Date.parse(done.at));
  const axis: TimeAxis = {
    fromMs: zeroMs - marginMs,
    toMs: endMs + marginMs,
    left,
    width: width - left - right,
  };
  const inside = (event: Moment): boolean => {
    const at = Date.parse(event.at);
    return at >= axis.fromMs && at <= axis.toMs;
  };
  const labels = placeLabels(
    timeline.events.filter((event) => inside(event) && isMilestone(event)),
    axis,
  );
  const steps = timeline.events.filter((event) => inside(event) && event.kind === 'step');
  const writesTop = 8 + lanesHeight(labels) + 8;
  const stepsTop = writesTop + writesHeight + 12;
  const bottom = stepsTop + steps.length * rowHeight;
  const gap = gapAround(timeline.writes, zeroMs + 500);
  const gapMarkup =
    gap === undefined
      ? ''
      : `<rect class="gap" x="${px(xOf(axis, gap.fromMs))}" y="${px(writesTop)}" width="${px(xOf(axis, gap.toMs) - xOf(axis, gap.fromMs))}" height="${px(bottom - writesTop)}"/>`;
  return `<svg viewBox="0 0 ${width} ${px(bottom + 24)}" role="img" aria-label="The outage in seconds from the kill: detection, decision, steps, first write">
${axisMarkup(axis, zeroMs, writesTop, bottom)}
${gapMarkup}
<text class="row" x="${left - 10}" y="${px(writesTop + writesHeight - 6)}" text-anchor="end">writes</text>
${writesMarkup(timeline.writes, axis, writesTop, writesHeight)}
${stepsMarkup(steps, timeline, axis, stepsTop)}
${labelsMarkup(labels, 8, bottom)}
</svg>`;
}

/** Each step as a bar from the end of the one before it, the first from the decision. */
function stepsMarkup(steps: readonly Moment[], timeline: DrillTimeline, axis: TimeAxis, top: number): string {
  const decided = timeline.events.find((event) => event.kind === 'decided');
  let previousMs = decided === undefined ? axis.fromMs : Date.parse(decided.at);
  return steps
    .map((step, index) => {
      const doneMs = Date.parse(step.at);
      const from = xOf(axis, Math.min(previousMs, doneMs));
      const wide = Math.max(3, xOf(axis, doneMs) - from);
      previousMs = doneMs;
      const y = top + index * rowHeight;
      return (
        `<g><title>${escaped(`${step.at} ${step.label}`)}</title>` +
        `<text class="row" x="${left - 10}" y="${px(y + 14)}" text-anchor="end">${escaped(readable(step.label))}</text>` +
        `<rect class="bar step" x="${px(from)}" y="${px(y + 4)}" width="${px(wide)}" height="${rowHeight - 8}" rx="2.5"/></g>`
      );
    })
    .join('');
}

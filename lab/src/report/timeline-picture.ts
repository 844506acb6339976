import type { DrillReport, DrillTimeline } from './drill-report.js';
import { escaped, px } from './markup.js';
import { isMilestone, labelsMarkup, lanesHeight, placeLabels } from './moments.js';
import { readable } from './readable.js';
import { shortDuration } from './quantities.js';
import { axisMarkup, type TimeAxis, xOf } from './time-axis.js';
import { gapAround, writesMarkup } from './writes-picture.js';

const width = 960;
const left = 170;
const right = 16;
const rowHeight = 24;
const writesHeight = 56;

/** The whole drill on one axis: milestones, acknowledged writes, and each phase as a bar. */
export function timelinePicture(report: DrillReport, timeline: DrillTimeline): string {
  const startMs = Date.parse(timeline.startedAt);
  const ends = [
    ...report.phases.map((phase) => Date.parse(phase.startedAt) + phase.durationMs),
    ...timeline.events.map((event) => Date.parse(event.at)),
    ...timeline.notifications.map((sent) => Date.parse(sent.at)),
  ];
  const axis: TimeAxis = {
    fromMs: startMs,
    toMs: Math.max(startMs + 1_000, ...ends),
    left,
    width: width - left - right,
  };
  const labels = placeLabels(timeline.events.filter(isMilestone), axis);
  const writesTop = 8 + lanesHeight(labels) + 8;
  const rowsTop = writesTop + writesHeight + 14;
  const bottom = rowsTop + report.phases.length * rowHeight + (timeline.notifications.length === 0 ? 0 : rowHeight);
  const height = bottom + 24;
  const killed = timeline.events.find((event) => event.kind === 'fault');
  const gap = killed === undefined ? undefined : gapAround(timeline.writes, Date.parse(killed.at));
  return `<svg viewBox="0 0 ${width} ${px(height)}" role="img" aria-label="The drill on a time axis: milestones, acknowledged writes and phases">
${axisMarkup(axis, startMs, writesTop, bottom)}
${gap === undefined ? '' : gapMarkup(axis, gap, writesTop, bottom)}
${labelsMarkup(labels, 8, writesTop + writesHeight, bottom)}
<text class="row" x="${left - 10}" y="${px(writesTop + writesHeight - 6)}" text-anchor="end">writes</text>
${writesMarkup(timeline.writes, axis, writesTop, writesHeight)}
${report.phases.map((phase, index) => phaseMarkup(phase, axis, rowsTop + index * rowHeight)).join('')}
${notificationsMarkup(timeline, axis, rowsTop + report.phases.length * rowHeight)}
</svg>`;
}

function gapMarkup(axis: TimeAxis, gap: { fromMs: number; toMs: number }, top: number, bottom: number): string {
  const x = xOf(axis, gap.fromMs);
  const wide = Math.max(1.5, xOf(axis, gap.toMs) - x);
  return `<rect class="gap" x="${px(x)}" y="${px(top)}" width="${px(wide)}" height="${px(bottom - top)}"/>`;
}

function phaseMarkup(phase: DrillReport['phases'][number], axis: TimeAxis, top: number): string {
  const from = xOf(axis, Date.parse(phase.startedAt));
  const to = xOf(axis, Date.parse(phase.startedAt) + phase.durationMs);
  const wide = Math.max(3, to - from);
  const took = shortDuration(phase.durationMs);
  const outside = wide < took.length * 7 + 10;
  const beyond = from + wide + took.length * 7 + 8 > axis.left + axis.width;
  const x = outside ? (beyond ? from - 6 : from + wide + 6) : from + wide - 6;
  const anchor = outside ? (beyond ? 'end' : 'start') : 'end';
  return (
    `<g><title>${escaped(`${phase.name}: ${phase.detail}`)}</title>` +
    `<text class="row" x="${left - 10}" y="${px(top + 16)}" text-anchor="end">${escaped(readable(phase.name))}${phase.passed ? '' : ' ✕'}</text>` +
    `<rect class="bar ${phase.passed ? 'passed' : 'failed'}" x="${px(from)}" y="${px(top + 4)}" width="${px(wide)}" height="${rowHeight - 8}" rx="3"/>` +
    `<text class="${outside ? 'took' : 'took inside'}" x="${px(x)}" y="${px(top + 16)}" text-anchor="${anchor}">${took}</text></g>`
  );
}

function notificationsMarkup(timeline: DrillTimeline, axis: TimeAxis, top: number): string {
  if (timeline.notifications.length === 0) return '';
  const dots = timeline.notifications.map(({ at, audience, subject }) => {
    const x = px(xOf(axis, Date.parse(at)));
    return `<circle class="sent" cx="${x}" cy="${px(top + rowHeight / 2)}" r="3.5"><title>${escaped(`${audience}: ${subject}`)}</title></circle>`;
  });
  return `<text class="row" x="${left - 10}" y="${px(top + 16)}" text-anchor="end">notifications</text>${dots.join('')}`;
}

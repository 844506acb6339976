import { cardsMarkup } from './cards.js';
import type { DrillReport, DrillTimeline } from './drill-report.js';
import { figuresMarkup } from './figures.js';
import { escaped } from './markup.js';
import { outagePicture } from './outage-picture.js';
import { clock, shortDuration } from './quantities.js';
import { readable } from './readable.js';
import { reportStyle } from './report-style.js';
import { notificationsTable, phasesTable } from './tables.js';
import { timelinePicture } from './timeline-picture.js';

/** What the drill ran on, as a name and a value for each line. */
export type DrillEnvironment = readonly (readonly [name: string, value: string])[];

/** One page for whoever must know whether the promises hold: whole in itself, without scripts, light, dark and printed. */
export function renderDrillReport(
  report: DrillReport,
  timeline: DrillTimeline,
  environment: DrillEnvironment = [],
): string {
  const began = new Date(timeline.startedAt).toISOString();
  const outage = outagePicture(timeline);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Disaster recovery drill ${began.slice(0, 10)}: ${report.passed ? 'passed' : 'failed'}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header><h1>Disaster recovery drill</h1>
<p>${began.slice(0, 10)}, ${clock(began)} UTC, ${shortDuration(lengthMs(report, timeline))}. A site was killed under load, on real servers.</p></header>
${verdict(report)}
${figuresMarkup(report)}
${outage === '' ? '' : picture('The outage, second by second', outage, 'Counted from the kill. The shaded stretch has no acknowledged write; each bar is a step of the failover.')}
${picture('The whole drill', timelinePicture(report, timeline), 'Columns are acknowledged writes in half a second; dots are notifications accepted by their channel.')}
<h2>What else was proved</h2>
${cardsMarkup(report)}
<h2>Who was told, and when</h2>
${notificationsTable(timeline)}
<h2>Phase by phase</h2>
${phasesTable(report.phases)}
${environmentMarkup(environment)}
<footer>Every figure was measured in this run. Targets are those of the estate file's most critical tier.</footer>
</main>
</body>
</html>
`;
}

function verdict({ passed, phases, failback }: DrillReport): string {
  const failed = phases.filter((phase) => !phase.passed).map((phase) => readable(phase.name));
  if (passed) return banner('passed', '✓', 'Passed', `All ${phases.length} phases held, and every figure was met.`);
  const reasons = [
    ...(failed.length === 0 ? [] : [`did not hold: ${failed.join(', ')}`]),
    ...(failback.splitBrain ? ['two sites were writable at once'] : []),
  ];
  return banner(
    'failed',
    '✕',
    'Failed',
    reasons.length === 0 ? 'A figure was missed, or a phase was not reached.' : `${capital(reasons.join('; '))}.`,
  );
}

function banner(tone: 'passed' | 'failed', mark: string, title: string, words: string): string {
  return `<div class="verdict ${tone}"><span class="mark" aria-hidden="true">${mark}</span><div><strong>${title}</strong>${escaped(words)}</div></div>`;
}

function picture(title: string, svg: string, note: string): string {
  return `<h2>${escaped(title)}</h2>\n<div class="picture"><div class="scroll" tabindex="0">${svg}</div><p class="note">${escaped(note)}</p></div>`;
}

function environmentMarkup(environment: DrillEnvironment): string {
  if (environment.length === 0) return '';
  const lines = environment.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`);
  return `<h2>Run on</h2>\n<div class="card"><dl>${lines.join('')}</dl></div>`;
}

function lengthMs(report: DrillReport, timeline: DrillTimeline): number {
  const ends = report.phases.map((phase) => Date.parse(phase.startedAt) + phase.durationMs);
  return Math.max(0, ...ends.map((end) => end - Date.parse(timeline.startedAt)));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

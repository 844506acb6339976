import type { DrillReport } from './drill-report.js';
import { escaped } from './markup.js';
import { grouped, shortBytes, shortDuration } from './quantities.js';

/** What was proved besides: backup, point in time, the way home. */
export function cardsMarkup({ backup, pitr, failback }: DrillReport): string {
  return `<div class="cards">
${card('Backup', [
  ['Id', text(backup.backupId)],
  ['Size', text(backup.sizeBytes === 0 ? '' : shortBytes(backup.sizeBytes))],
  ['Taken in', text(backup.durationMs === 0 ? '' : shortDuration(backup.durationMs))],
  ['Read back', answer(backup.verified)],
  ['Restored', answer(backup.restored)],
])}
${card('Point in time', [
  ['Restored to', text(pitr.targetTime === '' ? '' : `${pitr.targetTime.replace('T', ' ').replace(/Z$/u, '')} UTC`)],
  ['Rows expected', text(pitr.targetTime === '' ? '' : grouped(pitr.rowsExpected))],
  ['Rows found', text(pitr.targetTime === '' ? '' : grouped(pitr.rowsFound))],
  ['Agree', answer(pitr.targetTime !== '' && pitr.rowsExpected === pitr.rowsFound)],
])}
${card('Return home', [
  ['Taken', text(failback.durationMs === 0 ? '' : shortDuration(failback.durationMs))],
  ['Split brain', failback.splitBrain ? '<span class="no">✕ seen</span>' : '<span class="yes">✓ never</span>'],
])}
</div>`;
}

function card(title: string, rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${value}</dd>`);
  return `<section class="card"><h3>${escaped(title)}</h3><dl>${lines.join('')}</dl></section>`;
}

function text(value: string): string {
  return value === '' ? '<span class="no">not reached</span>' : escaped(value);
}

function answer(yes: boolean): string {
  return yes ? '<span class="yes">✓ yes</span>' : '<span class="no">✕ no</span>';
}

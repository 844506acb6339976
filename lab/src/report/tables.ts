import type { DrillReport, DrillTimeline } from './drill-report.js';
import { escaped } from './markup.js';
import { clock, shortDuration } from './quantities.js';
import { readable } from './readable.js';

export function phasesTable(phases: DrillReport['phases']): string {
  const rows = phases.map(
    ({ name, startedAt, durationMs, passed, detail }) =>
      `<tr><td class="name">${escaped(readable(name))}</td><td>${passed ? '<span class="yes">✓</span>' : '<span class="no">✕ failed</span>'}</td>` +
      `<td class="number">${clock(startedAt)}</td><td class="number">${shortDuration(durationMs)}</td><td>${escaped(detail)}</td></tr>`,
  );
  return `<div class="card scroll"><table><thead><tr><th>Phase</th><th>Held</th><th class="number">Began (UTC)</th><th class="number">Took</th><th>What was seen</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** In the order in which they were accepted; seconds are counted from the kill. */
export function notificationsTable(timeline: DrillTimeline): string {
  if (timeline.notifications.length === 0) return '<p class="note">None was accepted by a channel.</p>';
  const killed = timeline.events.find((event) => event.kind === 'fault');
  const rows = timeline.notifications
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ at, audience, channel, subject }) => {
      const after = killed === undefined ? '' : afterKill(Date.parse(at) - Date.parse(killed.at));
      return `<tr><td class="number">${clock(at, true)}</td><td class="number">${after}</td><td>${escaped(readable(audience))}</td><td>${escaped(channel)}</td><td>${escaped(subject)}</td></tr>`;
    });
  return `<div class="card scroll"><table><thead><tr><th class="number">Accepted (UTC)</th><th class="number">After the kill</th><th>Audience</th><th>Channel</th><th>Message</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function afterKill(ms: number): string {
  return ms < 0 ? 'before' : `+${shortDuration(ms)}`;
}

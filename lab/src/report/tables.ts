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

/**
 * In the order in which they were accepted, those that one audience got over one channel in one line; seconds are counted from
 * the kill.
 */
export function notificationsTable(timeline: DrillTimeline): string {
  if (timeline.notifications.length === 0) return '<p class="note">None was accepted by a channel.</p>';
  const killed = timeline.events.find((event) => event.kind === 'fault');
  const rows = together(timeline.notifications).map(({ first, count }) => {
    const { at, audience, channel, subject } = first;
    const after = killed === undefined ? '' : afterKill(Date.parse(at) - Date.parse(killed.at));
    const times = count === 1 ? '' : ` <span class="times">× ${count}</span>`;
    return `<tr><td class="number">${clock(at, true)}</td><td class="number">${after}</td><td>${escaped(readable(audience))}</td><td>${escaped(channel)}${times}</td><td>${escaped(subject)}</td></tr>`;
  });
  return `<div class="card scroll"><table><thead><tr><th class="number">Accepted (UTC)</th><th class="number">After the kill</th><th>Audience</th><th>Channel</th><th>Message</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

type Sent = DrillTimeline['notifications'][number];

/** Messages of one kind to one audience over one channel, as one group at the place of the first of them. */
function together(sent: readonly Sent[]): { first: Sent; count: number }[] {
  const groups: { first: Sent; count: number }[] = [];
  for (const one of sent.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const same = groups.find(
      ({ first }) => first.audience === one.audience && first.channel === one.channel && first.subject === one.subject,
    );
    if (same === undefined) groups.push({ first: one, count: 1 });
    else same.count += 1;
  }
  return groups;
}

function afterKill(ms: number): string {
  return ms < 0 ? 'before' : `+${shortDuration(ms)}`;
}

import { createHash } from 'node:crypto';
import { formatDuration, formatTime, readable } from '../domain/formats.js';
import { downtimeMs, type Incident, type IncidentPhase } from '../domain/incident.js';
import { escapeHtml } from './escape-html.js';
import { incidentTitle } from './status-json.js';
import { statusStyle } from './status-style.js';
import type { ComponentGroup, ComponentState, StatusSnapshot } from './status-snapshot.js';

/** A page that nobody renewed for this long says so itself, where the reader's browser runs scripts. */
const staleAfterMs = 5 * 60_000;

const script = `(function(){var d=document,s=d.getElementById('stale'),t=Date.parse(s.dataset.at);
function look(){s.hidden=Date.now()-t<${staleAfterMs}}look();setInterval(look,15000);
setInterval(function(){if(!d.hidden)location.reload()},60000)})()`;

/** What a browser may do with the page: nothing but its own style and its own script. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** State as icon, word and colour: none of them alone. */
const states: Readonly<Record<ComponentState, { readonly icon: string; readonly word: string }>> = {
  operational: { icon: '✓', word: 'Operational' },
  degraded: { icon: '▲', word: 'Degraded' },
  outage: { icon: '✕', word: 'Outage' },
  unknown: { icon: '?', word: 'Unknown' },
};
const phases: Readonly<Record<IncidentPhase, string>> = {
  investigating: 'Investigating',
  moving: 'Moving to another site',
  'running-elsewhere': 'Service restored, preparing the return',
  returning: 'Service restored, returning',
  resolved: 'Resolved',
};

/** The status page: whole in itself, readable without scripts, under 30 kB for any usual estate. */
export function statusHtml(snapshot: StatusSnapshot): string {
  const { title, overall, sentence, generatedAt, groups, open, past } = snapshot;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${states[overall].word} – ${title}`)}</title>
<style>${statusStyle}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="stale" id="stale" data-at="${escapeHtml(generatedAt)}" role="alert" hidden>This page has not been renewed for more than ${formatDuration(staleAfterMs)}: it may be out of date.</p>
<p class="overall ${overall}" role="status"><span aria-hidden="true">${states[overall].icon}</span><span>${escapeHtml(sentence)}</span></p>
${open.map(openIncident).join('\n')}
<h2>Services</h2>
<div class="card">
${groups.map(groupHtml).join('\n')}
</div>
<h2>Past incidents</h2>
${past.length === 0 ? '<p class="soft">None in the last two weeks.</p>' : `<div class="card">${past.map(pastIncident).join('\n')}</div>`}
<footer>
<p>Generated ${timeHtml(generatedAt)}, renewed at least once a minute. All times are UTC.</p>
<p>For programs: <a href="api/v2/status.json">status</a>, <a href="api/v2/summary.json">summary</a></p>
</footer>
</main>
<script>${script}</script>
</body>
</html>
`;
}

function groupHtml(group: ComponentGroup): string {
  const rows = group.components.map(({ name, description, state }) => {
    const small = description === undefined ? '' : `<small>${escapeHtml(description)}</small>`;
    return `<li><span class="name">${escapeHtml(readable(name))}${small}</span><span class="state ${state}"><span aria-hidden="true">${states[state].icon}</span> ${states[state].word}</span></li>`;
  });
  return `<h3 class="group">${escapeHtml(group.name)}</h3>\n<ul class="services">${rows.join('')}</ul>`;
}

function openIncident(incident: Incident): string {
  return `<section aria-label="Current incident">
<h2>Current incident</h2>
<div class="card incident">
<h3>${escapeHtml(incidentTitle(incident))}</h3>
<p class="soft">${phases[incident.phase]}. Since ${timeHtml(incident.since)}${restored(incident)}</p>
${timelineHtml(incident)}
</div>
</section>`;
}

function restored(incident: Incident): string {
  if (incident.restoredAt === undefined) return '.';
  const out = formatDuration(downtimeMs(incident, Date.parse(incident.restoredAt)));
  return `; service restored after ${escapeHtml(out)}.`;
}

function pastIncident(incident: Incident): string {
  const resolvedAt = incident.resolvedAt ?? incident.since;
  const out = formatDuration(downtimeMs(incident, Date.parse(resolvedAt)));
  return `<details class="past"><summary><strong>${escapeHtml(incidentTitle(incident))}</strong> <span class="soft">resolved ${timeHtml(resolvedAt)}, service out for ${escapeHtml(out)}</span></summary>
${timelineHtml(incident)}</details>`;
}

/** Newest first. */
function timelineHtml(incident: Incident): string {
  const entries = incident.timeline
    .toReversed()
    .map((entry) => `<li>${timeHtml(entry.at)}<br>${escapeHtml(entry.words)}</li>`);
  return `<ol class="timeline">${entries.join('')}</ol>`;
}

function timeHtml(at: string): string {
  return `<time datetime="${escapeHtml(at)}">${escapeHtml(formatTime(at))}</time>`;
}

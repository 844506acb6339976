import {
  maintenanceState,
  type PublicIncident,
  type PublicMaintenance,
  type PublicUpdate,
} from '../facts/status-facts.js';
import { parts } from './document.js';
import { html, type Markup } from './markup.js';
import type { PageContext } from './page-context.js';
import { timeTag } from './times.js';
import { componentTitles, incidentPath, incidentTitle, isOpen, outageMs } from './wording.js';

/** On the first page: the newest updates; the others are on the incident's own. */
const newestUpdates = 6;

/** An incident under way, as the first page shows it. */
export function openIncident(incident: PublicIncident, context: PageContext): Markup {
  const { facts, language } = context;
  const newest = incident.updates.toReversed();
  const earlier = newest.length - newestUpdates;
  return html`<article
    class="card incident ${incident.status} ${incident.impact === 'degraded' && 'degraded-i'}"
    id="incident-${incident.id}"
  >
    <h3>${incidentTitle(incident, facts, language)}</h3>
    ${incidentFacts(incident, context)} ${nextPromise(incident, context)}
    <ol class="line">
      ${newest.slice(0, newestUpdates).map((update) => updateItem(update, context))}
    </ol>
    <p class="soft">
      <a href="${incidentPath(incident)}"
        >${earlier > 0 ? language.say('incident.earlier', { count: earlier }) : language.say('incident.permalink')}<span
          class="vh"
          >: ${incidentTitle(incident, facts, language)}</span
        ></a
      >
    </p>
  </article> `;
}

/** What is affected, since when, and for how long. */
export function incidentFacts(incident: PublicIncident, { facts, language }: PageContext): Markup {
  const titles = componentTitles(incident, facts);
  const duration = language.duration(outageMs(incident, facts.generatedAt));
  const key = isOpen(incident)
    ? incident.restoredAt === undefined
      ? 'incident.lasting'
      : 'incident.restored'
    : 'incident.lasted';
  const length = language.say(key, {
    duration:
      key === 'incident.lasted'
        ? language.duration(Date.parse(incident.resolvedAt ?? facts.generatedAt) - Date.parse(incident.startedAt))
        : duration,
  });
  return html`<p class="soft">
      ${parts(language.say('incident.started'), timeTag(incident.startedAt, language, 'l'))}; ${length}
    </p>
    ${titles.length > 0 && html`<p class="soft">${language.say('heading.affected')}: ${language.names(titles)}</p>`}`;
}

function nextPromise(incident: PublicIncident, { facts, language }: PageContext): Markup {
  const { nextUpdateBy } = incident;
  if (nextUpdateBy === undefined || Date.parse(nextUpdateBy) < Date.parse(facts.generatedAt)) return html``;
  return html`<p class="next">
    ${parts(language.say('incident.next'), timeTag(nextUpdateBy, language, 'l', facts.generatedAt))}
  </p> `;
}

/** Newest first. */
export function timeline(incident: PublicIncident, context: PageContext): Markup {
  return html`<ol class="line">
    ${incident.updates.toReversed().map((update) => updateItem(update, context))}
  </ol>`;
}

function updateItem(update: PublicUpdate, { language }: PageContext): Markup {
  return html`<li id="update-${update.id}">
    <p class="when"><b>${language.say(`status.${update.status}`)}</b> ${timeTag(update.at, language, 'l')}</p>
    ${update.subject !== undefined && html`<p class="subject">${update.subject}</p>`}
    <p class="said">${update.text.trim()}</p>
  </li> `;
}

export function maintenanceItem(maintenance: PublicMaintenance, context: PageContext): Markup {
  const { facts, language } = context;
  const state = maintenanceState(maintenance, facts.generatedAt);
  const titles = componentTitles(maintenance, facts);
  const [before = '', between = '', after = ''] = language.say('maintenance.when').split(/\{from\}|\{until\}/u);
  return html`<article class="card incident planned" id="maintenance-${maintenance.id}">
    <h3>${maintenance.title}</h3>
    <p class="soft">
      <b>${language.say(`maintenance.${state}`)}</b>:
      ${before}${timeTag(maintenance.from, language, 'l')}${between}${timeTag(maintenance.until, language, 'l', maintenance.from)}${after}
    </p>
    ${titles.length > 0 && html`<p class="soft">${language.say('heading.affected')}: ${language.names(titles)}</p>`}
    <p class="said">${maintenance.text.trim()}</p>
  </article> `;
}

/** One line for an incident that is over. */
export function pastIncident(incident: PublicIncident, up: string, { facts, language }: PageContext): Markup {
  const duration = language.duration(outageMs(incident, facts.generatedAt));
  const ended = isOpen(incident)
    ? language.say('incident.lasting', { duration })
    : language.say('incident.restored', { duration });
  return html`<li>
    <p><a href="${up}${incidentPath(incident)}">${incidentTitle(incident, facts, language)}</a></p>
    <p class="soft">${timeTag(incident.startedAt, language)}; ${ended}</p>
  </li> `;
}

import type { PublicIncident } from '../facts/status-facts.js';
import { pageDocument } from './document.js';
import { pastIncident } from './incident-parts.js';
import { html } from './markup.js';
import type { PageContext } from './page-context.js';

/** Incidents by the month of their start, newest first, such as `2026-03`. */
export function byMonth(incidents: readonly PublicIncident[]): ReadonlyMap<string, readonly PublicIncident[]> {
  const months = new Map<string, PublicIncident[]>();
  for (const incident of incidents) {
    const month = incident.startedAt.slice(0, 7);
    const list = months.get(month);
    if (list === undefined) months.set(month, [incident]);
    else list.push(incident);
  }
  return months;
}

export function monthPath(month: string): string {
  return `history/${month}.html`;
}

/** One month of incidents, with links to those beside it. */
export function monthPage(month: string, context: PageContext): string {
  const { facts, language } = context;
  const months = byMonth(facts.incidents);
  const all = [...months.keys()];
  const at = all.indexOf(month);
  const [newer, older] = [all[at - 1], all[at + 1]];
  const title = language.say('history.month', { month: language.month(month) });
  const body = html`<h1>${title}</h1>
    <div class="card">
      <ul class="list">
        ${(months.get(month) ?? []).map((one) => pastIncident(one, '../', context))}
      </ul>
    </div>
    <p class="links">
      ${newer !== undefined && html`<a href="${newer}.html">${language.say('history.newer')}</a>`}${older !== undefined && html`<a href="${older}.html">${language.say('history.older')}</a>`}<a
        href="../history.html"
        >${language.say('history.all')}</a
      ><a href="../index.html">${language.say('back')}</a>
    </p> `;
  return pageDocument(
    {
      path: monthPath(month),
      title: `${title} · ${facts.title}`,
      description: title,
      body,
      live: false,
      look: 'plain',
    },
    context,
  );
}

/** Every month in which something was. */
export function historyPage(context: PageContext): string {
  const { facts, language } = context;
  const months = [...byMonth(facts.incidents)].map(
    ([month, incidents]) =>
      html`<li>
        <a href="${monthPath(month)}">${language.month(month)}</a> <span class="soft">(${incidents.length})</span>
      </li> `,
  );
  const title = language.say('heading.history');
  const body = html`<h1>${title}</h1>
    <div class="card">
      ${
        months.length === 0
          ? html`<p class="soft list">${language.say('past.empty')}</p>`
          : html`<ul class="list">
              ${months}
            </ul>`
      }
    </div>
    <p class="links"><a href="index.html">${language.say('back')}</a></p> `;
  return pageDocument(
    { path: 'history.html', title: `${title} · ${facts.title}`, description: title, body, live: false, look: 'plain' },
    context,
  );
}

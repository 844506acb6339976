import { maintenanceState, shownDays } from '../facts/status-facts.js';
import { barsAtMost, componentList } from './component-list.js';
import { overallBanner, pageDocument } from './document.js';
import { maintenanceItem, openIncident, pastIncident } from './incident-parts.js';
import { html, type Markup } from './markup.js';
import type { PageContext } from './page-context.js';
import { subscribeSection } from './subscribe-section.js';
import { isOpen, overallSentence } from './wording.js';

const pastDays = 14;
const pastAtMost = 8;

/** The first page: how it is now, what is going on, what was. */
export function overviewPage(context: PageContext): string {
  const { facts, language } = context;
  const sentence = overallSentence(facts, language);
  return pageDocument(
    {
      path: 'index.html',
      title: `${sentence} · ${facts.title}`,
      description: sentence,
      body: overview(context),
      live: true,
      look: 'rich',
    },
    context,
  );
}

function overview(context: PageContext): Markup {
  const { facts, language, components } = context;
  const open = facts.incidents.filter(isOpen);
  const ahead = facts.maintenance.filter((one) =>
    ['scheduled', 'in-progress'].includes(maintenanceState(one, facts.generatedAt)),
  );
  const running = ahead.filter((one) => maintenanceState(one, facts.generatedAt) === 'in-progress');
  const planned = ahead.filter((one) => !running.includes(one));
  const oldestMs = Date.parse(facts.generatedAt) - pastDays * 86_400_000;
  const past = facts.incidents
    .filter((one) => !isOpen(one) && Date.parse(one.startedAt) >= oldestMs)
    .slice(0, pastAtMost);
  return html`${overallBanner(context)}${
      open.length > 0 &&
      html`<section aria-labelledby="incidents">
        <h2 id="incidents">${language.say('heading.incidents')}</h2>
        ${open.map((incident) => openIncident(incident, context))}
      </section> `
    }${running.length > 0 && maintenanceSection('maintenance-now', running, context)}
    <section aria-labelledby="services">
      <h2 id="services">${language.say('heading.services')}</h2>
      ${componentList(context, components.size <= barsAtMost)}
      <p class="links noprint"><a href="uptime.html">${language.say('uptime.open', { days: shownDays })}</a></p>
    </section>
    ${planned.length > 0 && maintenanceSection('maintenance', planned, context)}
    <section aria-labelledby="past">
      <h2 id="past">${language.say('heading.past')}</h2>
      ${
        past.length === 0
          ? html`<p class="soft">${language.say('past.none', { days: pastDays })}</p>`
          : html`<div class="card">
              <ul class="list">
                ${past.map((one) => pastIncident(one, '', context))}
              </ul>
            </div>`
      }
      <p class="links noprint"><a href="history.html">${language.say('history.all')}</a></p>
    </section>
    ${subscribeSection(context)}`;
}

function maintenanceSection(id: string, items: PageContext['facts']['maintenance'], context: PageContext): Markup {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${context.language.say('heading.maintenance')}</h2>
    ${items.map((one) => maintenanceItem(one, context))}
  </section> `;
}

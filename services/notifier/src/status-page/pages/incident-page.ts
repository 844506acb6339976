import type { PublicIncident } from '../facts/status-facts.js';
import { pageDocument } from './document.js';
import { incidentFacts, timeline } from './incident-parts.js';
import { html } from './markup.js';
import type { PageContext } from './page-context.js';
import { incidentPath, incidentTitle, isOpen } from './wording.js';

/** An incident's own page: its link is there for ever. */
export function incidentPage(incident: PublicIncident, context: PageContext): string {
  const { facts, language } = context;
  const title = incidentTitle(incident, facts, language);
  const last = incident.updates.at(-1);
  const description =
    last === undefined
      ? title
      : `${language.say(`status.${last.status}`)}: ${last.subject ?? last.text.trim().split('\n')[0] ?? ''}`;
  const body = html`<article aria-labelledby="title">
      <h2 class="soft">${language.say(`status.${incident.status}`)}</h2>
      <h1 id="title">${title}</h1>
      <div class="card incident ${isOpen(incident) ? incident.status : 'done'}">
        ${incidentFacts(incident, context)} ${timeline(incident, context)}
      </div>
    </article>
    <p class="links">
      <a href="../index.html">${language.say('back')}</a><a href="../history.html">${language.say('history.all')}</a>
    </p> `;
  return pageDocument(
    {
      path: incidentPath(incident),
      title: `${title} · ${facts.title}`,
      description,
      body,
      live: isOpen(incident),
      look: isOpen(incident) ? 'rich' : 'plain',
    },
    context,
  );
}

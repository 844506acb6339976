import { html, type Markup } from './markup.js';
import { languageFolder, type PageContext } from './page-context.js';

/** How to be told: feeds and data for everybody, and a form where the estate has subscriptions. */
export function subscribeSection(context: PageContext): Markup {
  const { facts, language, languages } = context;
  const root = languageFolder(language, languages) === '' ? '' : '../';
  return html`<section class="noprint" aria-labelledby="subscribe">
    <h2 id="subscribe">${language.say('heading.subscribe')}</h2>
    <div class="card">
      <ul class="links">
        <li><a href="${root}history.rss">RSS</a></li>
        <li><a href="${root}history.atom">Atom</a></li>
        <li><a href="${root}calendar.ics">${language.say('subscribe.calendar')}</a></li>
        <li><a href="${root}api/v2/summary.json">JSON</a></li>
        <li><a href="${root}badge.svg">${language.say('subscribe.badge')}</a></li>
        ${facts.subscribeUrl !== undefined && html`<li><a href="subscribe.html">${language.say('subscribe.email')}</a></li>`}
      </ul>
    </div>
  </section> `;
}

import { type ComponentDay, componentStates, componentsOf, type PublicComponent } from '../facts/status-facts.js';
import { daySeconds } from '../facts/uptime.js';
import { dayBars } from './component-list.js';
import { pageDocument } from './document.js';
import { html, type Markup } from './markup.js';
import type { PageContext } from './page-context.js';

/** Every component's days: as bars, and as text with minutes; and how uptime is reckoned. */
export function uptimePage(context: PageContext): string {
  const { facts, language } = context;
  const title = language.say('heading.uptime');
  const body = html`<h1>${title}</h1>
    <p>${language.say('uptime.formula')}</p>
    ${componentsOf(facts).map((component) => componentDays(component, context))}
    <p class="links"><a href="index.html">${language.say('back')}</a></p> `;
  return pageDocument(
    { path: 'uptime.html', title: `${title} · ${facts.title}`, description: title, body, live: true, look: 'rich' },
    context,
  );
}

function componentDays(component: PublicComponent, context: PageContext): Markup {
  const { facts, language } = context;
  const days = (facts.days.get(component.id) ?? []).filter(hasProblem).toReversed();
  return html`<section>
    <h2>${component.title}</h2>
    <div class="card">
      <div class="parts">${dayBars(component, context)}</div>
      ${
        days.length === 0
          ? html`<p class="soft">${language.say('bars.no-problems')}</p>`
          : html`<section
              class="scroll"
              tabindex="0"
              aria-label="${language.say('uptime.table', { title: component.title })}"
            >
              <table>
                <thead>
                  <tr>
                    <th scope="col">${language.say('uptime.day')}</th>
                    <th scope="col">${language.say('uptime.down')}</th>
                    <th scope="col">${language.say('uptime.partly')}</th>
                    <th scope="col">${language.say('uptime.degraded')}</th>
                    <th scope="col">${language.say('uptime.maintenance')}</th>
                    <th scope="col">${language.say('uptime.observed')}</th>
                  </tr>
                </thead>
                <tbody>
                  ${days.map((day) => dayRow(day, context))}
                </tbody>
              </table>
            </section>`
      }
    </div>
  </section> `;
}

function hasProblem({ secondsIn }: ComponentDay): boolean {
  return componentStates.some((state) => state !== 'operational' && state !== 'unknown' && (secondsIn[state] ?? 0) > 0);
}

function dayRow({ date, secondsIn }: ComponentDay, { language }: PageContext): Markup {
  const seconds = (state: keyof typeof secondsIn): Markup =>
    html`<td>${secondsIn[state] ? language.duration(secondsIn[state] * 1000) : '–'}</td>`;
  const observed = componentStates.reduce((sum, state) => sum + (state === 'unknown' ? 0 : (secondsIn[state] ?? 0)), 0);
  return html`<tr>
    <th scope="row"><time datetime="${date}">${language.day(`${date}T00:00:00Z`)}</time></th>
    ${seconds('outage')}${seconds('partial-outage')}${seconds('degraded')}${seconds('maintenance')}
    <td>${language.percent(Math.min(1, observed / daySeconds))}</td>
  </tr> `;
}

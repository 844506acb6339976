import type { ComponentDay, ComponentState, PublicComponent, PublicGroup } from '../facts/status-facts.js';
import { dayState, daySeconds, uptime } from '../facts/uptime.js';
import type { Language } from '../languages/language.js';
import { html, type Markup, trusted } from './markup.js';
import type { PageContext } from './page-context.js';

/** The first view stays small: with more components than this the bars are on a page of their own. */
export const barsAtMost = 24;

/** Components by group and region, each with its state, and with its days where there is room. */
export function componentList(context: PageContext, withBars: boolean): Markup {
  const { facts } = context;
  return html`<div class="card">${facts.groups.map((group) => groupMarkup(group, context, withBars))}</div> `;
}

function groupMarkup(group: PublicGroup, context: PageContext, withBars: boolean): Markup {
  const rows = group.components.map((component) =>
    withBars
      ? html`<li>
          <div class="row">${nameAndState(component, context)}</div>
          ${dayBars(component, context)}
        </li> `
      : html`<li class="row">${nameAndState(component, context)}</li> `,
  );
  return html`<div class="group">
      <h3>${group.title}</h3>
      ${group.region !== undefined && html`<span class="region">${group.region}</span>`}
    </div>
    <ul class="parts">
      ${rows}
    </ul> `;
}

function nameAndState(component: PublicComponent, { facts, language }: PageContext): Markup {
  const state = facts.states.get(component.id) ?? 'unknown';
  return html`<span
      >${component.title}${component.description !== undefined && html`<small>${component.description}</small>`}</span
    >${stateTag(state, language)}`;
}

export function stateTag(state: ComponentState, language: Language): Markup {
  return html`<span class="st ${state}">${language.say(`state.${state}`)}</span>`;
}

const classOf: Readonly<Record<ComponentState, string>> = {
  operational: 'b-o',
  degraded: 'b-d',
  'partial-outage': 'b-p',
  outage: 'b-x',
  maintenance: 'b-m',
  unknown: 'b-u',
};

/** A bar for each day, as one picture whose text says the same; days that are alike are one shape. */
export function dayBars(component: PublicComponent, { facts, language }: PageContext): Markup {
  const days = facts.days.get(component.id) ?? [];
  const states = statesOf(days, facts.generatedAt);
  const runs: { state: ComponentState; from: number; until: number }[] = [];
  states.forEach((state, index) => {
    const last = runs.at(-1);
    if (last?.state === state) last.until = index + 1;
    else runs.push({ state, from: index, until: index + 1 });
  });
  const shapes = runs.map(
    ({ state, from, until }) => `<path class="${classOf[state]}" d="M${from} 0h${until - from}v1H${from}z"/>`,
  );
  const share = uptime(days);
  const up =
    share === undefined
      ? language.say('bars.unobserved')
      : language.say('bars.uptime', { percent: language.percent(share) });
  const label = language.say('bars.label', {
    title: component.title,
    days: days.length,
    uptime: up,
    problems: problemsText(states, language),
  });
  return html`<svg
      class="bars"
      viewBox="0 0 ${days.length} 1"
      preserveAspectRatio="none"
      role="img"
      aria-label="${label}"
    >
      ${trusted(shapes.join(''))}
    </svg>
    <p class="cap">
      <span>${language.say('bars.first', { days: days.length })}</span><span>${up}</span
      ><span>${language.say('bars.last')}</span>
    </p>`;
}

/** Today is not over: it is held against what has passed of it. */
function statesOf(days: readonly ComponentDay[], now: string): readonly ComponentState[] {
  const elapsed = (Date.parse(now) % 86_400_000) / 1000;
  return days.map((day) => dayState(day, day.date === now.slice(0, 10) ? elapsed : daySeconds));
}

function problemsText(states: readonly ComponentState[], language: Language): string {
  const count = states.filter((state) => state !== 'operational' && state !== 'unknown').length;
  return count === 0 ? language.say('bars.no-problems') : language.say('bars.problem-days', { count });
}

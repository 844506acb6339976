import type { ComponentState } from '../facts/status-facts.js';

/** Each state has a shape of its own, so that colour is never alone. Of 24 by 24. */
const shapes: Readonly<Record<ComponentState, string>> = {
  operational:
    'M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm5.7 8.2-6.9 7a1.2 1.2 0 0 1-1.7 0l-3-3 1.7-1.7 2.1 2.1 6.1-6.1z',
  degraded:
    'M12 1.5a2 2 0 0 0-1.7 1L.8 19.3A2 2 0 0 0 2.5 22.3h19a2 2 0 0 0 1.7-3L13.7 2.5a2 2 0 0 0-1.7-1zM10.8 8h2.4v7h-2.4zm0 8.7h2.4v2.4h-2.4z',
  'partial-outage': 'M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm0 2.6a8.4 8.4 0 0 1 0 16.8z',
  outage:
    'M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4zm.6 5.6L6.6 8l4 4-4 4L8 17.4l4-4 4 4 1.4-1.4-4-4 4-4L16 6.6l-4 4z',
  maintenance:
    'M22 6.5a6.5 6.5 0 0 1-8.8 6.1l-7.7 8.6a2.6 2.6 0 0 1-3.7-3.7l8.6-7.7A6.5 6.5 0 0 1 18.3 1.6l-3.8 3.8.8 3.3 3.3.8 3-3z',
  unknown:
    'M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm1.3 17.2h-2.6v-2.6h2.6zm2.7-8.3c-.6 1.4-2.6 1.9-2.7 4.2h-2.6c0-3.2 2.9-3.6 2.9-5.2 0-.9-.7-1.5-1.6-1.5s-1.7.6-1.7 1.9H7.7c0-2.7 1.9-4.4 4.3-4.4s4.5 1.6 4.3 4.1z',
};

/** Style rules that draw each state's shape before its word, in the colour of the text: nothing of it stands in the page's body. */
export const iconRules: string = Object.entries(shapes)
  .map(([state, path]) => `.${state}::before{--i:url("${picture('%23000', path)}")}`)
  .join('');

const colours: Readonly<Record<ComponentState, string>> = {
  operational: '%2334a36b',
  degraded: '%23d99a1c',
  'partial-outage': '%23e06c2b',
  outage: '%23cf392f',
  maintenance: '%234a7dd0',
  unknown: '%23808b99',
};

/** The picture in the browser's tab, inline: no request. */
export function tabIcon(state: ComponentState): string {
  return picture(colours[state], shapes[state]);
}

function picture(colour: string, path: string): string {
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='${colour}' fill-rule='evenodd' d='${path}'/%3E%3C/svg%3E`;
}

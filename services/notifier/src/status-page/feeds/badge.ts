import type { ComponentState } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { xml } from '../pages/markup.js';

/** Dark enough for white text on it (4.5:1). */
const colours: Readonly<Record<ComponentState, string>> = {
  operational: '#1b7a4a',
  degraded: '#8a5a00',
  'partial-outage': '#a84a0c',
  outage: '#b3261e',
  maintenance: '#2b5fb5',
  unknown: '#5a6675',
};

/** A picture of one state, for other pages: `name | state`. */
export function badge(name: string, state: ComponentState, language: Language): string {
  const word = language.say(`state.${state}`);
  const [left, right] = [widthOf(name), widthOf(word)];
  const label = `${name}: ${word}`;
  return xml`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${left + right}"
    height="20"
    role="img"
    aria-label="${label}"
    lang="${language.tag}"
  >
    <title>${label}</title>
    <clipPath id="r"><rect width="${left + right}" height="20" rx="4" /></clipPath>
    <g clip-path="url(#r)">
      <rect width="${left}" height="20" fill="#3b4450" />
      <rect x="${left}" width="${right}" height="20" fill="${colours[state]}" />
    </g>
    <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
      <text x="${left / 2}" y="14" textLength="${left - 14}" lengthAdjust="spacingAndGlyphs">${name}</text>
      <text x="${left + right / 2}" y="14" textLength="${right - 14}" lengthAdjust="spacingAndGlyphs">${word}</text>
    </g>
  </svg> `.text;
}

/** About what Verdana takes at 11 pixels; the text is fitted into it. */
function widthOf(text: string): number {
  const narrow = /[ .,:;'|!iIjl()[\]ft]/u;
  const width = Array.from(text).reduce(
    (sum, character) => sum + (narrow.test(character) ? 4.5 : /[A-ZmwMW%]/u.test(character) ? 8.8 : 6.9),
    0,
  );
  return Math.round(width) + 14;
}

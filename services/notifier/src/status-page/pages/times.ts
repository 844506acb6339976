import type { Language } from '../languages/language.js';
import { html, type Markup } from './markup.js';

/** A time in UTC; of class `l` it is given the reader's own beside it where scripts run. Near `now` the day is left out. */
export function timeTag(at: string, language: Language, kind: '' | 'l' = '', now?: string): Markup {
  const text = now === undefined ? language.time(at) : language.timeNear(at, now);
  return kind === 'l'
    ? html`<time class="l" datetime="${at}">${text}</time>`
    : html`<time datetime="${at}">${text}</time>`;
}

import type { Language } from '../languages/language.js';
import { componentsOf, type PublicComponent, type StatusFacts } from '../facts/status-facts.js';

/** What every part of a page is made with. */
export interface PageContext {
  readonly facts: StatusFacts;
  readonly language: Language;
  /** All languages, the page's own first; more than one are linked to each other. */
  readonly languages: readonly Language[];
  readonly components: ReadonlyMap<string, PublicComponent>;
}

export function pageContext(facts: StatusFacts, language: Language, languages: readonly Language[]): PageContext {
  return { facts, language, languages, components: new Map(componentsOf(facts).map((one) => [one.id, one])) };
}

/** The folder of a language: the first one's is the root. */
export function languageFolder(language: Language, languages: readonly Language[]): string {
  return language === languages[0] ? '' : `${language.tag}/`;
}

/** From a page to the root of its language, such as `../`. */
export function upFrom(path: string): string {
  return '../'.repeat(path.split('/').length - 1);
}

import { formatDuration, formatList, unitsMs } from '../formats.js';
import { french } from './french.js';
import { german } from './german.js';
import { type Phrase, phrases, type Translations } from './phrases.js';
import { spanish } from './spanish.js';

/** How the values of placeholders are written in one language. Times stay as they are: UTC, year first, for every reader the same. */
export interface Wording {
  say(phrase: Phrase, values?: Readonly<Record<string, string>>): string;
  /** A phrase of ours that was written in English before, filled; words of others — a runbook's titles, a name — stay as they are. */
  translate(english: string): string;
  duration(ms: number): string;
  list(items: readonly string[], fallback: Phrase): string;
}

const languages: Readonly<Record<string, Translations>> = { de: german, es: spanish, fr: french };
const slot = /\{(\w+)\}/gu;

export const english: Wording = {
  say: (phrase, values = {}) => filled(phrase, values),
  translate: (text) => text,
  duration: formatDuration,
  list: (items, fallback) => formatList(items, fallback),
};

/** The wording of a language tag such as `de` or `de-AT`; English where there is no other. */
export function wordingOf(tag: string | undefined): Wording {
  const main = tag?.split('-')[0]?.toLowerCase() ?? '';
  const translations = languages[main];
  return translations === undefined ? english : new Translated(main, translations);
}

class Translated implements Wording {
  constructor(
    private readonly tag: string,
    private readonly translations: Translations,
  ) {}

  say(phrase: Phrase, values: Readonly<Record<string, string>> = {}): string {
    return filled(this.translations[phrase], values);
  }

  translate(english: string): string {
    for (const { phrase, pattern } of patterns) {
      const values = pattern.exec(english)?.groups;
      if (values !== undefined || pattern.test(english)) return this.say(phrase, values ?? {});
    }
    return english;
  }

  duration(ms: number): string {
    let left = Math.round(ms / 1000) * 1000;
    const parts: string[] = [];
    for (const [unit, size] of unitsMs) {
      const amount = Math.floor(left / size);
      left -= amount * size;
      const format = new Intl.NumberFormat(this.tag, { style: 'unit', unit, unitDisplay: 'long' });
      if (amount > 0) parts.push(format.format(amount));
      else if (parts.length > 0) break;
    }
    return parts.length === 0 ? this.say('less than a second') : parts.slice(0, 2).join(' ');
  }

  list(items: readonly string[], fallback: Phrase): string {
    if (items.length === 0) return this.say(fallback);
    return new Intl.ListFormat(this.tag, { type: 'conjunction' }).format(items);
  }
}

const patterns = phrases.map((phrase) => ({
  phrase,
  pattern: new RegExp(`^${phrase.replaceAll(/[.*+?^$()|[\]\\]/gu, '\\$&').replaceAll(slot, '(?<$1>.+)')}$`, 'u'),
}));

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(slot, (whole, name: string) => values[name] ?? whole);
}

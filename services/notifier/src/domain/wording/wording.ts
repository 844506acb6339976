import { formatDuration, formatList, unitsMs } from '../formats.js';
import { french } from './french.js';
import { german } from './german.js';
import { type Phrase, phrases, wholeLanguage } from './phrases.js';
import { spanish } from './spanish.js';

/** How the values of placeholders are written in one language. Times stay as they are: UTC, year first, for every reader the same. */
export interface Wording {
  say(phrase: Phrase, values?: Readonly<Record<string, string>>): string;
  /**
   * Lines and sentences of ours that were written in English before, filled; words of others — a runbook of the estate's own, a
   * service's reason, a name — stay as they are.
   */
  translate(english: string): string;
  duration(ms: number): string;
  list(items: readonly string[], fallback: Phrase): string;
}

type Translations = Readonly<Record<Phrase, string>>;

const languages: Readonly<Record<string, Translations>> = {
  de: wholeLanguage(german, 0),
  es: wholeLanguage(spanish, 1),
  fr: wholeLanguage(french, 2),
};
const slot = /\{(\w+)\}/gu;
/** Slots that hold a length of time. */
const lengths: ReadonlySet<string> = new Set(['length', 'promised']);

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
    return english
      .split('\n')
      .map((line) => this.whole(line) ?? this.sentences(line))
      .join('\n');
  }

  /** A line that is one phrase. */
  private whole(line: string): string | undefined {
    for (const { phrase, pattern } of patterns) {
      const found = pattern.exec(line);
      if (found === null) continue;
      const values = Object.entries(found.groups ?? {}).map(([name, value]) => [
        name,
        lengths.has(name) ? this.lengthIn(value) : value,
      ]);
      return this.say(phrase, Object.fromEntries(values) as Record<string, string>);
    }
    return undefined;
  }

  /** A line of several sentences, where the first of them is ours. */
  private sentences(line: string): string {
    for (let at = line.indexOf('. '); at > 0; at = line.indexOf('. ', at + 1)) {
      const first = this.whole(line.slice(0, at + 1));
      if (first !== undefined) return `${first} ${this.translate(line.slice(at + 2))}`;
    }
    return line;
  }

  /** A length of time that was written in English before. */
  private lengthIn(english: string): string {
    const parts = [...english.matchAll(/(?<amount>\d+) (?<unit>[a-z]+?)s?(?= |$)/gu)];
    const ms = parts.reduce((sum, { groups }) => {
      const size = unitsMs.find(([unit]) => unit === groups?.['unit'])?.[1] ?? 0;
      return sum + Number(groups?.['amount']) * size;
    }, 0);
    return this.duration(ms);
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

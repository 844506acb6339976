import type { PhraseKey } from './phrases.js';

/** A phrase as it stands in a language file: one text, or one for each plural category. */
export type Phrase = string | Readonly<Record<string, string>>;

type Values = Readonly<Record<string, string | number>>;

const minuteMs = 60_000;

/**
 * One language of the page: its phrases, and how it writes numbers, lists, times and durations. All times are UTC, as no reader
 * of a static page can be known; the page adds the reader's own where scripts run.
 */
export class Language {
  private readonly plural: Intl.PluralRules;
  private readonly list: Intl.ListFormat;
  private readonly percentFormat: Intl.NumberFormat;
  private readonly dayFormat: Intl.DateTimeFormat;
  private readonly monthFormat: Intl.DateTimeFormat;
  private readonly dayTexts = new Map<number, string>();

  constructor(
    /** Such as `en` or `pt-BR`. */
    readonly tag: string,
    /** As its speakers call it. */
    readonly name: string,
    readonly direction: 'ltr' | 'rtl',
    private readonly phrases: Readonly<Record<PhraseKey, Phrase>>,
    /** Whose way of writing dates and numbers it follows. */
    formats: string = tag,
  ) {
    this.plural = new Intl.PluralRules(tag);
    this.list = new Intl.ListFormat(formats, { type: 'conjunction' });
    this.percentFormat = new Intl.NumberFormat(formats, {
      style: 'percent',
      maximumFractionDigits: 2,
      roundingMode: 'floor',
    });
    this.dayFormat = new Intl.DateTimeFormat(formats, { timeZone: 'UTC', dateStyle: 'medium' });
    this.monthFormat = new Intl.DateTimeFormat(formats, { timeZone: 'UTC', year: 'numeric', month: 'long' });
  }

  /** The phrase with its values; `count` chooses the plural form. */
  say(key: PhraseKey, values: Values = {}): string {
    const phrase = this.phrases[key];
    const text = typeof phrase === 'string' ? phrase : this.form(phrase, Number(values['count'] ?? 0));
    return text.includes('{') ? filled(text, values) : text;
  }

  names(items: readonly string[]): string {
    return this.list.format(items);
  }

  /** Rounded down: 99.999 % is not 100. */
  percent(share: number): string {
    return this.percentFormat.format(share);
  }

  /** `15 Mar 2026, 10:00 UTC` */
  time(at: string): string {
    return `${this.day(at)}, ${clock(at)}`;
  }

  /** `10:00 UTC` on the day of `now`, else with its day. */
  timeNear(at: string, now: string): string {
    return at.slice(0, 10) === now.slice(0, 10) ? clock(at) : this.time(at);
  }

  day(at: string): string {
    const day = Math.floor(Date.parse(at) / 86_400_000);
    const known = this.dayTexts.get(day) ?? this.dayFormat.format(day * 86_400_000);
    this.dayTexts.set(day, known);
    return known;
  }

  /** `2026-03` as `March 2026`. */
  month(month: string): string {
    return this.monthFormat.format(Date.parse(`${month}-01T00:00:00Z`));
  }

  /** The two largest units, rounded down to minutes. */
  duration(ms: number): string {
    const minutes = Math.max(0, Math.floor(ms / minuteMs));
    const parts = [
      ['duration.days', Math.floor(minutes / 1440)],
      ['duration.hours', Math.floor(minutes / 60) % 24],
      ['duration.minutes', minutes % 60],
    ] as const;
    const first = parts.findIndex(([, count]) => count > 0);
    if (first < 0) return this.say('duration.short');
    const shown = parts.slice(first, first + 2).filter(([, count]) => count > 0);
    return shown.map(([key, count]) => this.say(key, { count })).join(' ');
  }

  private form(forms: Readonly<Record<string, string>>, count: number): string {
    return forms[this.plural.select(count)] ?? forms['other'] ?? '';
  }
}

/** With a space at which no line breaks. */
function clock(at: string): string {
  return `${at.slice(11, 16)}\u00A0UTC`;
}

/** Pieces of a text: words at even places, names of placeholders at odd ones. */
const pieces = new Map<string, readonly string[]>();

function filled(text: string, values: Values): string {
  const known = pieces.get(text) ?? text.split(/\{(?<name>\w+)\}/u);
  pieces.set(text, known);
  return known.map((piece, index) => (index % 2 === 0 ? piece : String(values[piece] ?? `{${piece}}`))).join('');
}

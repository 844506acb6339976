import { escapeHtml } from './escape-html.js';

/** Text that is markup already: made by {@link html}, {@link xml} and {@link trusted} only. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = Markup | string | number | undefined | false | readonly Content[];

const packed = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * Markup of a template: every value that is not markup itself is escaped, in elements and in quoted attributes alike. The template's
 * own line breaks and indentation, which HTML does not see, are not sent.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let pieces = packed.get(strings);
  if (pieces === undefined) {
    pieces = strings.map((text) =>
      text
        .replaceAll(/>\s*\n\s*</gu, '>\n<')
        .replaceAll(/\s*\n[ \n]+/gu, ' ')
        .replaceAll(' />', '>'),
    );
    packed.set(strings, pieces);
  }
  return joined(pieces, values);
}

/** The same for XML, which is sent as it is written. */
export function xml(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return joined(strings, values);
}

/** For our own constants, which no outside text has touched. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function joined(pieces: readonly string[], values: readonly Content[]): Markup {
  let text = pieces[0] ?? '';
  values.forEach((value, index) => {
    text += written(value) + (pieces[index + 1] ?? '');
  });
  return new Markup(text);
}

function written(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value === undefined || value === false ? '' : value.map(written).join('');
}

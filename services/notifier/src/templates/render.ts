import { DrError, isPlaceholder, type PlaceholderTexts, substitute, type TemplateText } from '@novacron/contracts';
import { english, type Wording } from '../domain/wording/wording.js';
import { type ChannelStyle, clean, cut, plainStyle } from './channel-style.js';

export interface Rendered {
  readonly subject: string;
  readonly text: string;
}

/**
 * A template with its values, written for a channel and cut to what it takes. Strict: a placeholder without a value is an error,
 * never an empty place in a text.
 * @throws DrError INVALID_MESSAGE with a detail for each placeholder that has no value.
 */
export function render(template: TemplateText, texts: PlaceholderTexts, style: ChannelStyle = plainStyle): Rendered {
  const missing = new Set<string>();
  const valueOf = (name: string): string => {
    const value = isPlaceholder(name) ? texts[name] : undefined;
    if (value === undefined) missing.add(name);
    return style.escape(clean(value ?? ''));
  };
  const subject = substitute(template.subject, valueOf);
  const text = substitute(template.body, valueOf);
  if (missing.size === 0) return fitted({ subject, text }, style);
  throw new DrError('INVALID_MESSAGE', `template ${template.name} lacks values`, {
    details: [...missing].map((name) => ({ path: `values.${name}`, problem: 'is missing' })),
  });
}

/** What is sent when a template cannot be rendered: a plain message is better than none on the worst day. */
export function plainMessage(title: string, texts: PlaceholderTexts, style: ChannelStyle = plainStyle): Rendered {
  const lines = Object.entries(texts).map(([name, value]) => `${name.toLowerCase().replaceAll('_', ' ')}: ${value}`);
  return styled({ subject: title, text: `${lines.join('\n')}\n` }, style);
}

/** Words that are no template, for a channel. */
export function styled({ subject, text }: Rendered, style: ChannelStyle): Rendered {
  return fitted({ subject: style.escape(clean(subject)), text: style.escape(clean(text)) }, style);
}

/** With a line before the text that says why it comes, or that it is an exercise. */
export function headed(
  rendered: Rendered,
  heading: string | undefined,
  drill: boolean,
  style: ChannelStyle,
  wording: Wording = english,
): Rendered {
  const lines = [
    ...(drill ? [wording.say('This is an exercise. Nothing has happened.')] : []),
    ...(heading === undefined ? [] : [wording.translate(heading)]),
  ];
  if (lines.length === 0) return rendered;
  const subject = `${drill ? '[DRILL] ' : ''}${rendered.subject}`;
  return fitted({ subject, text: `${style.escape(clean(lines.join('\n')))}\n\n${rendered.text}` }, style);
}

/** A subject is a header: no line break of a value may end it. */
function fitted({ subject, text }: Rendered, style: ChannelStyle): Rendered {
  const oneLine = subject.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return { subject: cut(oneLine, style.subjectMax), text: cut(text, style.textMax) };
}

import { DrError, type TemplateText } from '@novacron/contracts';
import { isPlaceholder, type PlaceholderTexts } from './placeholders.js';
import { substitute } from './template-source.js';

export interface Rendered {
  readonly subject: string;
  readonly text: string;
}

/**
 * A template with its values. Strict: a placeholder without a value is an error, never an empty place in a text.
 * @throws DrError INVALID_MESSAGE with a detail for each placeholder that has no value.
 */
export function render(template: TemplateText, texts: PlaceholderTexts): Rendered {
  const missing = new Set<string>();
  const valueOf = (name: string): string => {
    const value = isPlaceholder(name) ? texts[name] : undefined;
    if (value === undefined) missing.add(name);
    return value ?? '';
  };
  const subject = oneLine(substitute(template.subject, valueOf));
  const text = substitute(template.body, valueOf);
  if (missing.size === 0) return { subject, text };
  throw new DrError('INVALID_MESSAGE', `template ${template.name} lacks values`, {
    details: [...missing].map((name) => ({ path: `values.${name}`, problem: 'is missing' })),
  });
}

/** What is sent when a template cannot be rendered: a plain message is better than none on the worst day. */
export function plainMessage(title: string, texts: PlaceholderTexts): Rendered {
  const lines = Object.entries(texts).map(([name, value]) => `${name.toLowerCase().replaceAll('_', ' ')}: ${value}`);
  return { subject: oneLine(title), text: `${lines.join('\n')}\n` };
}

/** A subject is a header: no line break of a value may end it. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 300);
}

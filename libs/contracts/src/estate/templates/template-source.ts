/** `{{NAME}}`, blanks allowed inside. */
const pattern = /\{\{\s*(?<name>[^{}]*?)\s*\}\}/gu;

/** Each placeholder once, in order, with the text that it stands in the source as. */
export function placeholderSources(source: string): readonly { readonly name: string; readonly source: string }[] {
  const found = new Map<string, string>();
  for (const match of source.matchAll(pattern)) {
    const name = match.groups?.['name'] ?? '';
    if (!found.has(name)) found.set(name, match[0]);
  }
  return [...found].map(([name, text]) => ({ name, source: text }));
}

/** Braces that open or close nothing — a typing error that would reach a customer — and the rest of their line. */
export function strayBraces(source: string): readonly string[] {
  const rest = source.replaceAll(pattern, (whole) => '\0'.repeat(whole.length));
  const at = rest.search(/\{\{|\}\}/u);
  return at < 0 ? [] : [source.slice(at).split('\n', 1)[0] ?? ''];
}

/** The source with each placeholder replaced by what `valueOf` gives, never looked at again: a value is not a template. */
export function substitute(source: string, valueOf: (name: string) => string): string {
  return source.replaceAll(pattern, (_whole, name: string) => valueOf(name));
}

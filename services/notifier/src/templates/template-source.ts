/** `{{NAME}}`, blanks allowed inside. */
const pattern = /\{\{\s*(?<name>[^{}]*?)\s*\}\}/gu;

/** The names between double braces, in order, each once. */
export function placeholdersIn(source: string): readonly string[] {
  return [...new Set([...source.matchAll(pattern)].map((match) => match.groups?.['name'] ?? ''))];
}

/** Braces that open or close nothing: a typing error that would reach a customer. */
export function hasStrayBraces(source: string): boolean {
  const rest = source.replaceAll(pattern, '');
  return rest.includes('{{') || rest.includes('}}');
}

/** The source with each placeholder replaced by what `valueOf` gives, never looked at again: a value is not a template. */
export function substitute(source: string, valueOf: (name: string) => string): string {
  return source.replaceAll(pattern, (_whole, name: string) => valueOf(name));
}

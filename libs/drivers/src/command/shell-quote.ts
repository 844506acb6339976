/** A word as a POSIX shell takes it: whatever is in it, it stays one word. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

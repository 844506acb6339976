import { DrError } from '@novacron/contracts';

const hidden = '[redacted]';
const longestText = 4_000;
const deepest = 6;
const shortestSecret = 4;

const secretName =
  /(?:pass(?:word|phrase|wd)?|secret|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization|cookie|bearer|^token|auth[-_]?token)/iu;
const passwordInUrl = /(?<before>\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s@/]+@/giu;
const passwordInSetting = /(?<before>\b(?:password|passwd|secret)\s*[=:]\s*)(?:'[^']*'|"[^"]*"|[^\s'",;]+)/giu;

/**
 * Makes anything safe and fit for one log line: text under a secret's name, passwords in URLs and connection strings, and
 * every secret read so far are cut out; cycles, depth and length are bounded.
 */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** Cuts this text out of everything from now on. Very short texts are left: they would cut words apart. */
  hide(secret: string): void {
    if (secret.length >= shortestSecret) this.secrets.add(secret);
  }

  text(text: string): string {
    let safe = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
    for (const secret of this.secrets) safe = safe.replaceAll(secret, hidden);
    return safe.replace(passwordInUrl, `$<before>${hidden}@`).replace(passwordInSetting, `$<before>${hidden}`);
  }

  fields(fields: object): Record<string, unknown> {
    return this.record(fields, new Set());
  }

  private value(value: unknown, name: string, above: ReadonlySet<object>): unknown {
    // A number under such a name is a fencing token or a count, which one wants to see.
    if (typeof value === 'string') return secretName.test(name) ? hidden : this.text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (above.has(value) || above.size >= deepest) return '[deep]';
    const here = new Set(above).add(value);
    if (value instanceof Error) return this.error(value, here);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return value.slice(0, 100).map((item) => this.value(item, name, here));
    if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
    return this.record(value, here);
  }

  private record(fields: object, above: ReadonlySet<object>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, this.value(value, name, above)]));
  }

  private error(error: Error, above: ReadonlySet<object>): unknown {
    const known = DrError.is(error) ? error : undefined;
    return {
      code: known?.code ?? error.name,
      message: this.text(error.message),
      details: known === undefined || known.details.length === 0 ? undefined : this.value(known.details, '', above),
      cause: error.cause === undefined ? undefined : this.value(error.cause, 'cause', above),
      // A DrError says what is wrong; only a fault of our own needs the place.
      stack: known === undefined || known.code === 'INTERNAL' ? this.text(error.stack ?? '') : undefined,
    };
  }
}

import type { JsonSchema } from '../generate/json-schemas.js';

/**
 * `exact` for what is read both by yesterday's readers and out of yesterday's streams (events, replies): what was there stays as
 * it was, new fields are optional. `accepting` for what yesterday's clients send (commands, queries): more may be allowed.
 */
export type Compatibility = 'exact' | 'accepting';

/**
 * What in today's schema breaks those who know yesterday's, one sentence each; none means that the version may stay. Both are
 * whole files: a schema with its `definitions`.
 */
export function breakingChanges(yesterday: JsonSchema, today: JsonSchema, compatibility: Compatibility): string[] {
  return new Comparison(yesterday, today, compatibility).run();
}

const bounds = {
  minimum: 'lower',
  minLength: 'lower',
  minItems: 'lower',
  maximum: 'upper',
  maxLength: 'upper',
  maxItems: 'upper',
} as const;

class Comparison {
  private readonly found: string[] = [];
  private readonly compared = new Set<string>();

  constructor(
    private readonly yesterday: JsonSchema,
    private readonly today: JsonSchema,
    private readonly compatibility: Compatibility,
  ) {}

  run(): string[] {
    this.compare(this.yesterday, this.today, '');
    return this.found;
  }

  private compare(before: JsonSchema, after: JsonSchema, path: string): void {
    const pair = `${before.$ref ?? path}→${after.$ref ?? path}`;
    if (before.$ref !== undefined && this.compared.has(pair)) return;
    this.compared.add(pair);
    const old = resolve(before, this.yesterday);
    const now = resolve(after, this.today);
    if (old.type !== now.type) {
      this.say(path, `was ${old.type ?? 'anything'}, is ${now.type ?? 'anything'}`);
      return;
    }
    this.compareValues(old, now, path);
    this.compareRules(old, now, path);
    this.compareFields(old, now, path);
    if (old.items !== undefined || now.items !== undefined) this.compare(old.items ?? {}, now.items ?? {}, `${path}[]`);
  }

  private compareValues(old: JsonSchema, now: JsonSchema, path: string): void {
    const was = valuesOf(old);
    const is = valuesOf(now);
    if (was === undefined && is === undefined) return;
    if (was === undefined || is === undefined) {
      if (was === undefined || this.compatibility === 'exact') this.say(path, 'may hold other values');
      return;
    }
    for (const value of was) if (!is.includes(value)) this.say(path, `no longer allows ${String(value)}`);
    if (this.compatibility === 'accepting') return;
    for (const value of is)
      if (!was.includes(value)) this.say(path, `allows ${String(value)}, which readers do not know`);
  }

  private compareRules(old: JsonSchema, now: JsonSchema, path: string): void {
    for (const [key, side] of Object.entries(bounds)) {
      const was = numberOf(old[key], side);
      const is = numberOf(now[key], side);
      const looser = side === 'lower' ? is < was : is > was;
      if (was !== is && !(looser && this.compatibility === 'accepting')) this.say(path, `${key} was ${was}, is ${is}`);
    }
    for (const key of ['pattern', 'format', 'oneOf']) {
      if (JSON.stringify(old[key]) === JSON.stringify(now[key])) continue;
      if (now[key] === undefined && this.compatibility === 'accepting') continue;
      this.say(path, `${key} differs`);
    }
  }

  private compareFields(old: JsonSchema, now: JsonSchema, path: string): void {
    const fields = now.properties ?? {};
    for (const [name, field] of Object.entries(old.properties ?? {})) {
      const place = path === '' ? name : `${path}.${name}`;
      const today = fields[name];
      if (today === undefined) this.say(place, 'is gone');
      else this.compare(field, today, place);
    }
    const was = new Set(old.required ?? []);
    const is = new Set(now.required ?? []);
    for (const name of is) if (!was.has(name)) this.say(path === '' ? name : `${path}.${name}`, 'is required now');
    if (this.compatibility === 'accepting') return;
    for (const name of was) {
      if (!is.has(name) && fields[name] !== undefined)
        this.say(path === '' ? name : `${path}.${name}`, 'may be absent now');
    }
  }

  private say(path: string, problem: string): void {
    this.found.push(`${path === '' ? 'the message' : path} ${problem}`);
  }
}

function resolve(schema: JsonSchema, whole: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const definitions = (whole['definitions'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  return definitions[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {};
}

function valuesOf(schema: JsonSchema): unknown[] | undefined {
  const values = schema['enum'];
  return Array.isArray(values) ? values : undefined;
}

function numberOf(value: unknown, side: 'lower' | 'upper'): number {
  if (typeof value === 'number') return value;
  return side === 'lower' ? -Infinity : Infinity;
}

import type { ProblemDetail } from '../errors/dr-error.js';

/** Names that mean something to every object: a library that copies data takes `constructor` for the class of what it copies. */
const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor']);
/** Nothing of ours is nested so deep; bodies from the bus are refused long before (`libs/bus`). */
const deepest = 1_000;

/** Where a value uses one of those names for data, however deep, as paths such as `values.a[2].constructor`. */
export function reservedNames(value: object): ProblemDetail[] {
  const found: ProblemDetail[] = [];
  const seen = new Set<object>();
  const left: { readonly item: object; readonly path: string; readonly depth: number }[] = [
    { item: value, path: '', depth: 0 },
  ];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { item, path, depth } = next;
    if (seen.has(item)) continue;
    seen.add(item);
    for (const key of Object.keys(item)) {
      const at = pathTo(path, key, Array.isArray(item));
      if (!Array.isArray(item) && reserved.has(key)) {
        found.push({ path: at, problem: 'is a name that no data may have' });
        continue;
      }
      const inside = (item as Record<string, unknown>)[key];
      if (typeof inside !== 'object' || inside === null) continue;
      if (depth >= deepest) found.push({ path: at, problem: `is nested more than ${deepest} deep` });
      else left.push({ item: inside, path: at, depth: depth + 1 });
    }
  }
  return found;
}

function pathTo(path: string, key: string, inList: boolean): string {
  if (inList) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

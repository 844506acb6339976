export const unitsMs = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** `2026-03-15 10:22:05 UTC`: no reader must guess a zone. */
export function formatTime(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The two largest units: `1 hour 5 minutes`, `4 seconds`; under a second `less than a second`. */
export function formatDuration(ms: number): string {
  let left = Math.round(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const [unit, size] of unitsMs) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}${amount === 1 ? '' : 's'}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? 'less than a second' : parts.slice(0, 2).join(' ');
}

/** `a, b and c`; `fallback` for an empty list. */
export function formatList(items: readonly string[], fallback: string): string {
  const last = items.at(-1);
  if (last === undefined) return fallback;
  return items.length === 1 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** `payment_processing` as people read it: `payment processing`. */
export function readable(name: string): string {
  return name.replaceAll('_', ' ');
}

import { DrError } from '@novacron/contracts';

/** Plain JSON data; maps become objects. */
export function asData(value: object): Record<string, unknown> {
  const text = JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? Object.fromEntries(item) : item));
  const data: unknown = JSON.parse(text);
  if (typeof data !== 'object' || data === null) throw new DrError('INTERNAL', 'a report must be an object');
  return data as Record<string, unknown>;
}

/** External changes as old → new: what a plan announces and what a step then reports are the same words. */

export function routeWords(balancer: string, backend: string, server: string, from: string, to: string): string {
  return `${balancer}: ${backend}/${server} ${from} → ${to}`;
}

export function recordWords(
  { name, type, ttlSeconds }: { readonly name: string; readonly type: string; readonly ttlSeconds: number },
  from: string,
  to: string,
): string {
  return `${name} ${type} ${from} → ${to}, TTL ${ttlSeconds} s`;
}

export function slotWords(
  database: string,
  site: string,
  slot: string,
  from: 'kept' | 'absent',
  to: 'kept' | 'absent',
): string {
  return `${database} ${site}: replication slot ${slot} ${from} → ${to}`;
}

export function waitWords(synchronous: readonly string[]): string {
  return `commits wait for ${synchronous.join(', ') || 'nobody'}`;
}

export function cacheWords(cache: string, site: string, from: string, to: string): string {
  return `${cache} ${site}: ${from} → ${to}`;
}

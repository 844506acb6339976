import { DrError, type Estate } from '@novacron/contracts';
import type { StartFacts } from '../domain/start-guard.js';

export type CacheRole =
  | { readonly role: 'primary' }
  | { readonly role: 'replica'; readonly of: { readonly host: string; readonly port: number } };

/**
 * How a cache starts on a site: as a replica of the active site's, unless its own site is the active one. An empty master
 * would empty every replica that follows it, so not knowing is an error here.
 */
export function cacheRole(estate: Estate, site: string, active: StartFacts['epochSite']): CacheRole {
  if (active === site || active === 'none') return { role: 'primary' };
  const members = estate.caches?.[0]?.members ?? [];
  const master = members.find((member) => member.site === active);
  if (active === 'unreachable' || master === undefined) {
    throw new DrError('BUS_UNAVAILABLE', `which cache takes writes is not known, so ${site} does not start one`);
  }
  return { role: 'replica', of: { host: master.host, port: master.port } };
}

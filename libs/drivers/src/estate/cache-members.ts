import type { Cache } from '@novacron/contracts';
import { RedisMember } from '../redis/redis-member.js';
import type { EstateContext } from './estate-context.js';

/** Every server of a cache, by site. */
export async function cacheMembers(cache: Cache, context: EstateContext): Promise<ReadonlyMap<string, RedisMember>> {
  const password = cache.password === undefined ? {} : { password: await context.secret(cache.password) };
  return new Map(
    cache.members.map(({ site, host, port }) => [site, new RedisMember({ name: site, host, port, ...password })]),
  );
}

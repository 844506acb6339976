import { type Database, DrError, type Estate, leaseTimes, type LoadBalancer } from '@novacron/contracts';
import {
  type ApplicationSwitch,
  applicationSwitch,
  cacheMembers,
  databaseMembers,
  type EndpointSwitch,
  endpointSwitch,
  type EstateContext,
  followingBackends,
  type FollowingBackend,
  followingRecords,
  type FollowingRecord,
  type PostgresMember,
  type PowerSwitch,
  powerSwitch,
  type RedisMember,
} from '@novacron/drivers';

export interface DatabaseTarget {
  readonly settings: Database;
  readonly members: ReadonlyMap<string, PostgresMember>;
}

export interface CacheTarget {
  readonly name: string;
  readonly members: ReadonlyMap<string, RedisMember>;
}

/** @throws DrError NOT_FOUND when the estate gives the database no member on the site. */
export function memberOn({ settings, members }: DatabaseTarget, site: string): PostgresMember {
  const member = members.get(site);
  if (member === undefined) throw new DrError('NOT_FOUND', `database ${settings.name} has no member on ${site}`);
  return member;
}

/** Everything in the estate that a failover touches, as drivers that can act on it. */
export class FailoverTargets {
  constructor(
    readonly estate: Estate,
    readonly context: EstateContext,
    readonly databases: readonly DatabaseTarget[],
    readonly caches: readonly CacheTarget[],
    readonly backends: readonly FollowingBackend[],
    readonly records: readonly FollowingRecord[],
  ) {}

  /** @throws DrError INVALID_CONFIG naming a secret that cannot be read. */
  static async open(estate: Estate, context: EstateContext): Promise<FailoverTargets> {
    const databases = estate.databases.map(async (settings) => ({
      settings,
      members: await databaseMembers(settings, context),
    }));
    const caches = (estate.caches ?? []).map(async (cache) => ({
      name: cache.name,
      members: await cacheMembers(cache, context),
    }));
    return new FailoverTargets(
      estate,
      context,
      await Promise.all(databases),
      await Promise.all(caches),
      followingBackends(estate.routing.loadBalancers),
      await followingRecords(estate.routing.dns, context),
    );
  }

  get balancers(): readonly LoadBalancer[] {
    return this.estate.routing.loadBalancers;
  }

  /** The site's power switch, where the estate names one. */
  powerOf(site: string): PowerSwitch | undefined {
    const fence = this.estate.failover.fences.find((item) => item.site === site);
    return fence === undefined ? undefined : powerSwitch(fence, this.context);
  }

  /** How long the write leases of a site's databases last, where the estate gives it one. */
  leaseOf(site: string): ReturnType<typeof leaseTimes> | undefined {
    const lease = this.estate.failover.fences.find((item) => item.site === site)?.lease;
    return lease === undefined ? undefined : leaseTimes(lease);
  }

  /** Connection pools and whatever else has to be told where the active site is. */
  get endpoints(): readonly EndpointSwitch[] {
    return (this.estate.routing.endpoints ?? []).map((settings) => endpointSwitch(settings, this.context));
  }

  applicationsOf(site: string): ApplicationSwitch | undefined {
    const settings = this.estate.failover.applications?.find((item) => item.site === site);
    return settings === undefined ? undefined : applicationSwitch(settings, this.context);
  }
}

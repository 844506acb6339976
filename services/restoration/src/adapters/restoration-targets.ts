import {
  type Cache,
  type Database,
  DrError,
  type Estate,
  type LoadBalancer,
  type SiteFence,
} from '@novacron/contracts';
import {
  cacheMembers,
  databaseMembers,
  type EstateContext,
  memberControl,
  type PostgresMember,
  type ProcessControl,
  type RedisMember,
  replicationSource,
  type ReplicationSource,
} from '@novacron/drivers';

export interface DatabaseTarget {
  readonly settings: Database;
  readonly members: ReadonlyMap<string, PostgresMember>;
  readonly replicationPassword: string;
}

export interface CacheTarget {
  readonly settings: Cache;
  readonly members: ReadonlyMap<string, RedisMember>;
  readonly controls: ReadonlyMap<string, ProcessControl>;
}

/** Everything in the estate that bringing a site home touches, as drivers that can act on it. */
export class RestorationTargets {
  constructor(
    readonly estate: Estate,
    readonly context: EstateContext,
    readonly databases: readonly DatabaseTarget[],
    readonly caches: readonly CacheTarget[],
  ) {}

  /** @throws DrError INVALID_CONFIG naming a secret that cannot be read. */
  static async open(estate: Estate, context: EstateContext): Promise<RestorationTargets> {
    const databases = estate.databases.map(async (settings) => ({
      settings,
      members: await databaseMembers(settings, context),
      replicationPassword: await context.secret(settings.replication.password),
    }));
    const caches = (estate.caches ?? []).map(async (settings) => ({
      settings,
      members: await cacheMembers(settings, context),
      controls: new Map(
        settings.members.flatMap((member) => {
          const control = memberControl(member, 'redis', context);
          return control === undefined ? [] : [[member.site, control] as const];
        }),
      ),
    }));
    return new RestorationTargets(estate, context, await Promise.all(databases), await Promise.all(caches));
  }

  get balancers(): readonly LoadBalancer[] {
    return this.estate.routing.loadBalancers;
  }

  fenceOf(site: string): SiteFence | undefined {
    return this.estate.failover.fences.find((fence) => fence.site === site);
  }

  /** Where the home site is, unless someone says otherwise: the first in the order of failover. */
  get homeSite(): string | undefined {
    return this.estate.failover.order[0];
  }

  sourceFor(database: DatabaseTarget, from: string, standby: string): ReplicationSource {
    return replicationSource(database.settings, from, standby, this.context);
  }
}

/** @throws DrError PRECONDITION_FAILED when a database has no server on the site. */
export function memberOn({ settings, members }: DatabaseTarget, site: string): PostgresMember {
  const member = members.get(site);
  if (member !== undefined) return member;
  throw new DrError('PRECONDITION_FAILED', `database ${settings.name} has no member on ${site}`);
}

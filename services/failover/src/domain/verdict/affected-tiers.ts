import {
  type AutomationLevel,
  type Database,
  durationMs,
  type FailoverCondition,
  type Service,
  type Tier,
} from '@novacron/contracts';

/** A tier that a loss reaches: which of its services, what was promised for them, and what may be done without a human. */
export interface AffectedTier {
  readonly tier: number;
  readonly name: string;
  readonly services: readonly string[];
  readonly rpoMs: number;
  readonly automation: AutomationLevel;
}

export interface Promises {
  readonly tiers: readonly Tier[];
  readonly services: readonly Service[];
  readonly databases: readonly Pick<Database, 'name' | 'services'>[];
}

/**
 * Which services suffer, by tier, the most critical first. A lost site takes all of them; where its databases alone are down,
 * those that keep their data there and everything that depends on them, as far as the estate file says so.
 */
export function affectedTiers(
  { tiers, services, databases }: Promises,
  conditions: ReadonlySet<FailoverCondition>,
): AffectedTier[] {
  const reached = databasesAlone(conditions) ? dependentsOf(services, databases) : undefined;
  return tiers
    .toSorted((a, b) => a.tier - b.tier)
    .map(({ tier, name, services: members, rpo, automation }) => ({
      ...{ tier, name, automation, rpoMs: durationMs(rpo) },
      services: members.filter((service) => reached?.has(service) ?? true),
    }))
    .filter((tier) => tier.services.length > 0);
}

function databasesAlone(conditions: ReadonlySet<FailoverCondition>): boolean {
  return conditions.has('database-down') && !conditions.has('api-down') && !conditions.has('workers-down');
}

/** Undefined where the file does not say who needs which database: then everybody may. */
function dependentsOf(services: readonly Service[], databases: Promises['databases']): ReadonlySet<string> | undefined {
  if (databases.some((database) => database.services === undefined)) return undefined;
  const reached = new Set(databases.flatMap(({ name, services: direct = [] }) => [name, ...direct]));
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    for (const { name, dependsOn = [] } of services) if (dependsOn.some((each) => reached.has(each))) reached.add(name);
  }
  return reached;
}

import type { Estate, Schedule } from '@novacron/contracts';

/**
 * What a schedule is about: the components that it names, or the databases that serve its tier's services; everything when it says
 * neither. An empty list: the tier is served by no database.
 */
export function scheduledComponents(
  { components, tier }: Pick<Schedule, 'components' | 'tier'>,
  { databases, objectives }: Pick<Estate, 'databases' | 'objectives'>,
): string[] | undefined {
  if (components !== undefined || tier === undefined) return components;
  const services = objectives.tiers.find((one) => one.tier === tier)?.services ?? [];
  return databases
    .filter((database) => database.services?.some((name) => services.includes(name)) === true)
    .map(({ name }) => name);
}

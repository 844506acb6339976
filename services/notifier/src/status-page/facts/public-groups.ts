import type { Estate } from '@novacron/contracts';
import { readable } from '../../domain/formats.js';
import type { PublicComponent, PublicGroup } from './status-facts.js';

/** What the estate shows to the public: its own groups, or the public services by tier where it names none. */
export function publicGroups(estate: Estate): readonly PublicGroup[] {
  const { groups } = estate.communication.statusPage;
  return groups === undefined
    ? byTier(estate)
    : groups.map((group) => ({
        title: group.title,
        ...(group.region === undefined ? {} : { region: group.region }),
        components: group.components.map(({ name, title, description, services, site }) => ({
          id: name,
          title,
          ...(description === undefined ? {} : { description }),
          services,
          ...(site === undefined ? {} : { site }),
        })),
      }));
}

/** Where some services are marked public, only those. */
function byTier(estate: Estate): readonly PublicGroup[] {
  const known = new Map(estate.services.map((service) => [service.name, service]));
  const marked = estate.services.some((service) => service.public === true);
  const component = (name: string): PublicComponent[] => {
    const service = known.get(name);
    if (service === undefined || (marked && service.public !== true)) return [];
    const { description } = service;
    return [
      {
        id: name,
        title: capital(readable(name)),
        services: [name],
        ...(description === undefined ? {} : { description }),
      },
    ];
  };
  return estate.objectives.tiers
    .toSorted((a, b) => a.tier - b.tier)
    .map((tier) => ({ title: capital(tier.name), components: tier.services.flatMap(component) }))
    .filter((group) => group.components.length > 0);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

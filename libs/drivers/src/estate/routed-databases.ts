import type { Database, LoadBalancer, Member } from '@novacron/contracts';
import { PostgresMember } from '../postgres/postgres-member.js';

interface DatabaseServers {
  readonly settings: Database;
  readonly members: ReadonlyMap<string, PostgresMember>;
}

/** A database as customers reach it: through one load balancer. */
export interface RoutedDatabase {
  readonly balancer: string;
  readonly database: string;
  /** Named for both. */
  readonly member: PostgresMember;
}

/** Every database of the estate through every load balancer that leads to it. */
export function routedDatabases(
  balancers: readonly LoadBalancer[],
  databases: readonly DatabaseServers[],
): RoutedDatabase[] {
  const all = databases.map(({ settings }) => settings);
  return balancers.flatMap((balancer) => {
    const { name, postgresHost: host, postgresPort: port } = balancer;
    const reached = databasesBehind(balancer, all);
    return databases.flatMap(({ settings, members }) => {
      const [first] = members.values();
      if (host === undefined || port === undefined || first === undefined || !reached.includes(settings.name))
        return [];
      const { user, password, database } = first.options;
      const member = new PostgresMember({ name: `${name} ${settings.name}`, host, port, user, password, database });
      return [{ balancer: name, database: settings.name, member }];
    });
  });
}

/** The databases that one load balancer leads to, by name. */
export function databasesBehind(balancer: LoadBalancer, databases: readonly Database[]): string[] {
  const { postgresHost, postgresPort, databases: named } = balancer;
  const [first] = databases;
  if (postgresHost === undefined || postgresPort === undefined || first === undefined) return [];
  if (named !== undefined) return [...named];
  // One port leads to one server, and to every database that the server has.
  return databases.filter(({ members }) => sameServers(members, first.members)).map(({ name }) => name);
}

/** The databases that no load balancer leads to, as far as the estate says: nobody looks at them as customers do. */
export function unroutedDatabases(balancers: readonly LoadBalancer[], databases: readonly Database[]): string[] {
  const routed = new Set(balancers.flatMap((balancer) => databasesBehind(balancer, databases)));
  return databases.map(({ name }) => name).filter((name) => !routed.has(name));
}

function sameServers(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every(({ site, host, port }) => b.some((other) => isAt(other, site, host, port)));
}

function isAt(member: Member, site: string, host: string, port: number): boolean {
  return member.site === site && member.host === host && member.port === port;
}

import type { ProblemDetail } from '../errors/dr-error.js';
import type { Estate } from './estate.js';
import { checkActions } from './check-actions.js';
import { checkFences } from './check-fences.js';
import { smokeTestProblems } from './check-smoke-tests.js';
import { checkStatusPage } from './check-status-page.js';
import { communicationProblems } from './communication-problems.js';
import { failoverConditions } from './health.js';
import { healthProblems } from './health-problems.js';

/** What no single field can tell: names that must exist elsewhere in the file, and figures that must fit each other. */
export function crossCheck(estate: Estate): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const add = (path: string, problem: string): void => void problems.push({ path, problem });
  const known = (kind: string, names: ReadonlySet<string>, value: string | undefined, path: string): void => {
    if (value === undefined || names.has(value)) return;
    add(path, `names ${kind} ${value}, which this file does not have (it has: ${[...names].join(', ') || 'none'})`);
  };

  const sites = unique(estate.sites, 'sites', add);
  const services = unique(estate.services, 'services', add);
  const databases = unique(estate.databases, 'databases', add);
  unique(estate.caches ?? [], 'caches', add);
  const contacts = new Set(estate.contacts.map((contact) => contact.id));
  const channels = unique(estate.communication.channels, 'communication.channels', add);
  unique(estate.communication.audiences, 'communication.audiences', add);
  unique(estate.repository.stores, 'repository.stores', add);
  unique(estate.health.checks, 'health.checks', add, (check) => `${check.site}/${check.name}`);
  unique(estate.health.vantages, 'health.vantages', add);

  estate.objectives.tiers.forEach((tier, t) => {
    tier.services.forEach((name, s) => known('service', services, name, `objectives.tiers[${t}].services[${s}]`));
  });
  for (const [group, items] of [
    ['databases', estate.databases],
    ['caches', estate.caches ?? []],
  ] as const) {
    items.forEach((item, i) => {
      const members = new Set(item.members.map((member) => member.site));
      item.members.forEach((member, m) => known('site', sites, member.site, `${group}[${i}].members[${m}].site`));
      item.links.forEach((link, l) => {
        known('member', members, link.from, `${group}[${i}].links[${l}].from`);
        known('member', members, link.to, `${group}[${i}].links[${l}].to`);
        if (link.from === link.to) add(`${group}[${i}].links[${l}].to`, 'must be another site than from');
      });
    });
  }
  estate.objectStorage?.forEach((storage, i) => {
    const holders = new Set(storage.buckets.map((bucket) => bucket.site));
    storage.buckets.forEach((bucket, b) => known('site', sites, bucket.site, `objectStorage[${i}].buckets[${b}].site`));
    storage.links.forEach((link, l) => {
      known('bucket of site', holders, link.from, `objectStorage[${i}].links[${l}].from`);
      known('bucket of site', holders, link.to, `objectStorage[${i}].links[${l}].to`);
    });
  });
  estate.repository.stores.forEach((store, i) => {
    const path = `repository.stores[${i}]`;
    known('site', sites, store.site, `${path}.site`);
    const needed = store.kind === 's3' ? 'bucket' : 'path';
    if (store[needed] === undefined) add(path, `a store of kind ${store.kind} needs ${needed}`);
    if (store.kind !== 's3') return;
    if (store.endpoint === undefined && store.region === undefined)
      add(path, 'a store of kind s3 needs endpoint, or region where it is AWS itself');
    if (isHalf(store)) add(path, halfLogin);
  });
  if (!estate.repository.stores.some((store) => store.role === 'primary'))
    add('repository.stores', 'must have a store of role primary');
  estate.repository.encryption.keys.forEach(({ key, kms }, i) => {
    if ((key === undefined) === (kms === undefined))
      add(`repository.encryption.keys[${i}]`, 'must have either key or kms');
    if (kms !== undefined && isHalf(kms)) add(`repository.encryption.keys[${i}].kms`, halfLogin);
  });
  if (!estate.repository.encryption.keys.some((key) => key.id === estate.repository.encryption.current)) {
    add('repository.encryption.current', `names key ${estate.repository.encryption.current}, which is not among keys`);
  }
  estate.routing.dns.forEach((zone, z) =>
    zone.records.forEach((record, r) =>
      record.targets.forEach((target, t) =>
        known('site', sites, target.site, `routing.dns[${z}].records[${r}].targets[${t}].site`),
      ),
    ),
  );
  estate.routing.loadBalancers.forEach((balancer, b) => {
    const path = `routing.loadBalancers[${b}]`;
    balancer.backends.forEach((backend, k) =>
      backend.servers.forEach((server, s) =>
        known('site', sites, server.site, `${path}.backends[${k}].servers[${s}].site`),
      ),
    );
    balancer.databases?.forEach((name, d) => known('database', databases, name, `${path}.databases[${d}]`));
    if (
      balancer.databases !== undefined &&
      (balancer.postgresHost === undefined || balancer.postgresPort === undefined)
    )
      add(`${path}.databases`, 'needs postgresHost and postgresPort, where these databases are reached');
  });
  problems.push(...healthProblems(estate));
  estate.failover.order.forEach((site, i) => known('site', sites, site, `failover.order[${i}]`));
  estate.failover.rules.forEach((rule, r) =>
    rule.when.forEach((condition, c) =>
      known('condition', new Set(failoverConditions), condition, `failover.rules[${r}].when[${c}]`),
    ),
  );
  if (estate.failover.approvals === 0) add('failover.approvals', 'must be 1 or more: whoever starts it counts as one');
  if ((estate.failover.minimumCapacityPercent ?? 0) > 100)
    add('failover.minimumCapacityPercent', 'must not be above 100');
  estate.failover.fences.forEach((fence, i) => {
    known('site', sites, fence.site, `failover.fences[${i}].site`);
  });
  estate.failover.applications?.forEach((item, i) =>
    known('site', sites, item.site, `failover.applications[${i}].site`),
  );
  problems.push(...checkActions(estate));
  problems.push(...checkFences(estate));
  problems.push(...smokeTestProblems(estate));
  problems.push(...communicationProblems(estate, contacts, channels));
  checkStatusPage(estate, add);
  return problems;
}

function unique<T extends object>(
  items: readonly T[],
  path: string,
  add: (path: string, problem: string) => void,
  nameOf: (item: T) => string = (item) => (item as { name: string }).name,
): ReadonlySet<string> {
  const seen = new Set<string>();
  items.forEach((item, i) => {
    const name = nameOf(item);
    if (seen.has(name)) add(`${path}[${i}].name`, `${name} stands here a second time`);
    seen.add(name);
  });
  return seen;
}

const halfLogin = 'must have both accessKeyId and secretAccessKey, or neither: then the AWS SDK looks for a role';

function isHalf(login: { readonly accessKeyId?: unknown; readonly secretAccessKey?: unknown }): boolean {
  return (login.accessKeyId === undefined) !== (login.secretAccessKey === undefined);
}

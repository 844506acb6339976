import type { SecretRef, Webhook } from '@novacron/contracts';
import { shellQuote } from '@novacron/drivers';
import type { FailoverTargets } from './failover-targets.js';

/**
 * What a human types where a step of a move cannot do its work: the same change, by the tools at hand. Made of the estate file
 * alone, so that it can be said while nothing answers. A secret is never in it, only where it is kept.
 */

type Targets = Pick<FailoverTargets, 'estate' | 'databases' | 'caches' | 'backends' | 'balancers'>;

/** To whom an order is given, and since when. */
export interface OrderByHand {
  readonly site: string;
  readonly epoch: number;
  readonly operationId: string;
}

/** Every load balancer, on each of its instances. */
export function routeByHand({ balancers }: Targets, site: string): string[] {
  return balancers.flatMap(({ runtime, backends }) => {
    const commands = backends.flatMap(({ backend, servers }) =>
      servers
        .toSorted((a, b) => Number(a.site === site) - Number(b.site === site))
        .map((server) => `set server ${backend}/${server.value} state ${server.site === site ? 'ready' : 'maint'}`),
    );
    return runtime.map(({ host, port }) => `echo "${commands.join('; ')}" | socat stdio TCP:${host}:${port}`);
  });
}

/** Every zone, in one signed update each. */
export function namesByHand({ estate }: Targets, site: string): string[] {
  return estate.routing.dns.map(({ host, port, zone, key, records }) => {
    const updates = records.flatMap(({ name, type, ttlSeconds, targets }) => {
      const value = targets.find((target) => target.site === site)?.value;
      if (value === undefined) return [];
      return [`update delete ${name}. ${type}`, `update add ${name}. ${ttlSeconds} ${type} ${value}${dot(type)}`];
    });
    const lines = [`server ${host} ${port}`, `zone ${zone}`, ...updates, 'send'];
    return `printf '%s\\n' ${lines.map(shellQuote).join(' ')} | nsupdate -k FILE-OF-KEY-${key.name}`;
  });
}

function dot(type: string): string {
  return type === 'CNAME' ? '.' : '';
}

/** The cache of the site first, then those that follow it. */
export function cachesByHand({ caches, estate }: Targets, site: string): string[] {
  return caches.flatMap(({ name, members }) => {
    const master = members.get(site)?.options;
    if (master === undefined) return [];
    const ask = estate.caches?.find((cache) => cache.name === name)?.password === undefined ? '' : ' --askpass';
    const others = [...members.values()].filter((member) => member.name !== site);
    return [
      `redis-cli -h ${master.host} -p ${master.port}${ask} replicaof no one`,
      ...others.map(
        ({ options }) =>
          `redis-cli -h ${options.host} -p ${options.port}${ask} replicaof ${master.host} ${master.port}`,
      ),
    ];
  });
}

export function endpointsByHand({ estate }: Targets, order: OrderByHand): string[] {
  return (estate.routing.endpoints ?? []).map(({ name, command, webhook }) =>
    webhook === undefined
      ? ran({ DR_ENDPOINT: name, ...environment(order) }, command ?? [], order.site)
      : posted(webhook, { action: 'endpoint', name, ...order }),
  );
}

/** The old site's first: never do both serve. */
export function applicationsByHand({ estate }: Targets, from: string, order: OrderByHand): string[] {
  const modes = [
    { site: from, mode: 'standby' },
    { site: order.site, mode: 'active' },
  ] as const;
  return modes.flatMap(({ site, mode }) => {
    const settings = estate.failover.applications?.find((item) => item.site === site);
    if (settings === undefined) return [];
    const { webhook, activate = [], deactivate = [] } = settings;
    const { epoch, operationId } = order;
    if (webhook !== undefined) return [posted(webhook, { action: 'mode', site, mode, epoch, operationId })];
    const words = mode === 'active' ? activate : deactivate;
    return [ran({ DR_MODE: mode, ...environment({ ...order, site }) }, words, site)];
  });
}

/** One statement on each database's server of the site; of every site where none is named. */
export function databasesByHand({ databases, estate }: Targets, statement: string, site?: string): string[] {
  return databases.flatMap(({ settings, members }) =>
    [...members.values()]
      .filter(({ name }) => site === undefined || name === site)
      .map(({ options: { host, port, user, database } }) => {
        const login = estate.databases.find(({ name }) => name === settings.name)?.admin?.user ?? user;
        return `psql -h ${host} -p ${port} -U ${login} -d ${database} -c ${shellQuote(statement)}`;
      }),
  );
}

export function doorsByHand({ balancers }: Targets): string[] {
  return balancers.flatMap(({ httpUrl }) => (httpUrl === undefined ? [] : [`curl -i ${httpUrl}`]));
}

function environment({ site, epoch, operationId }: OrderByHand): Record<string, string | number> {
  return { DR_SITE: site, DR_EPOCH: epoch, DR_OPERATION: operationId };
}

/** As the failover service would run it: in the estate file's folder. */
function ran(told: Readonly<Record<string, string | number>>, words: readonly string[], site: string): string {
  const variables = Object.entries(told).map(([name, value]) => `${name}=${value}`);
  return [...variables, ...words.map((word) => typed(word.replaceAll('{site}', site)))].join(' ');
}

/** As it is where a shell leaves it alone: who is to read it at three in the morning sees no more than there is. */
function typed(word: string): string {
  return /^[\w./:=@%+,-]+$/u.test(word) ? word : shellQuote(word);
}

function posted({ url, token }: Webhook, order: Readonly<Record<string, unknown>>): string {
  const header = token === undefined ? '' : ` -H "authorization: Bearer ${secretWords(token)}"`;
  return `curl -X POST${header} -H 'content-type: application/json' -d ${shellQuote(JSON.stringify(order))} ${typed(url)}`;
}

function secretWords(reference: SecretRef): string {
  return 'file' in reference ? `$(cat ${reference.file})` : `$${reference.env}`;
}

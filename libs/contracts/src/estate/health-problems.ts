import type { ProblemDetail } from '../errors/dr-error.js';
import { type Check, type CheckKind, checkRoles } from './checks.js';
import { durationMs } from './duration.js';
import type { Estate } from './estate.js';

/** What each kind of check cannot do without; `of` is checked by what it names. */
const needed: Readonly<Record<CheckKind, readonly (keyof Check)[]>> = {
  postgres: ['of'],
  'postgres-canary': ['of'],
  'postgres-disk': ['of', 'capacityBytes'],
  redis: ['of'],
  http: ['url'],
  tcp: ['host', 'port'],
  tls: ['host', 'port'],
  dns: ['resolvers', 'record'],
  workers: [],
  s3: [],
  's3-canary': ['of'],
  partition: ['peer', 'host', 'port', 'returnHost', 'returnPort'],
  sql: ['of', 'sql'],
  command: ['command'],
};

/** What each kind reads beside that and beside what every check has. */
const optional: Readonly<Record<CheckKind, readonly (keyof Check)[]>> = {
  postgres: ['expectRole', 'maxLag'],
  'postgres-canary': ['expectRole'],
  'postgres-disk': ['maxUsed'],
  redis: ['expectRole', 'maxLag'],
  http: ['expectStatus', 'expectBody', 'expectJson', 'caFile'],
  tcp: [],
  tls: ['serverName', 'minValid', 'caFile'],
  dns: ['recordType', 'expectAnswers'],
  workers: ['of', 'sql', 'url', 'caFile', 'maxHeartbeatAge', 'maxQueueAge'],
  s3: ['of', 'url', 'expectStatus', 'expectBody', 'expectJson', 'caFile'],
  's3-canary': [],
  partition: [],
  sql: ['expectValue'],
  command: [],
};

const ofEvery: readonly (keyof Check)[] = ['name', 'site', 'kind', 'role', 'interval', 'timeout', 'slowAfter'];

/** What each kind's `of` names. */
const named: Partial<Readonly<Record<CheckKind, 'database' | 'cache' | 'store'>>> = {
  postgres: 'database',
  'postgres-canary': 'database',
  'postgres-disk': 'database',
  sql: 'database',
  workers: 'database',
  redis: 'cache',
  s3: 'store',
  's3-canary': 'store',
};

/** What a kind of check cannot do without, and what it reads beside that and beside what every check has; nothing else is taken. */
export function fieldsOfKind(kind: CheckKind): {
  readonly needed: readonly (keyof Check)[];
  readonly optional: readonly (keyof Check)[];
} {
  return { needed: needed[kind], optional: optional[kind] };
}

/** What no single field of `health` can tell: names that must exist, and times that must fit each other. */
export function healthProblems(estate: Estate): ProblemDetail[] {
  const { health } = estate;
  const problems: ProblemDetail[] = [];
  const add = (path: string, problem: string): void => void problems.push({ path, problem });
  const sites = estate.sites.map((site) => site.name);
  const known = (kind: string, names: readonly string[], value: string, path: string): void => {
    if (names.includes(value)) return;
    add(path, `names ${kind} ${value}, which this file does not have (it has: ${names.join(', ') || 'none'})`);
  };

  if (health.vantages.length < 3)
    add('health.vantages', 'must be three or more: one witness proves nothing, and two can tie');
  health.vantages.forEach(({ site, witnessHost, witnessPort }, v) => {
    if (site !== undefined) known('site', sites, site, `health.vantages[${v}].site`);
    if ((witnessHost === undefined) !== (witnessPort === undefined))
      add(`health.vantages[${v}]`, 'needs witnessHost and witnessPort together, or it never knows that it is blind');
  });
  if (health.rules.failures < 1) add('health.rules.failures', 'must be 1 or more');
  const { window, flapping, siteLostWhen } = health.rules;
  siteLostWhen.forEach((role, r) => {
    // A vital role that no check has is left out of the count: a slip here would lose a site for less than was meant.
    if (!(checkRoles as readonly string[]).includes(role))
      add(`health.rules.siteLostWhen[${r}]`, `names role ${role}, which no check can have (${checkRoles.join(', ')})`);
  });
  if (flapping !== undefined && flapping.news < 2)
    add('health.rules.flapping.news', 'must be 2 or more: the first news of an episode is no flapping');
  if (window !== undefined && (window.failures < 1 || window.of < window.failures || window.of > 32))
    add('health.rules.window', 'must have failures of 1 or more, and of from that to 32');
  problems.push(...timeProblems('health', health.interval, health.timeout, health.slowAfter));
  if (health.fastInterval !== undefined && durationMs(health.fastInterval) > durationMs(health.interval))
    add('health.fastInterval', 'must not be longer than the interval');

  const membersOf = {
    database: new Map(estate.databases.map((each) => [each.name, each.members.map((member) => member.site)])),
    cache: new Map((estate.caches ?? []).map((each) => [each.name, each.members.map((member) => member.site)])),
    store: new Map(estate.repository.stores.map((each) => [each.name, undefined])),
  } as const;
  health.checks.forEach((check, i) => {
    const path = `health.checks[${i}]`;
    known('site', sites, check.site, `${path}.site`);
    for (const field of needed[check.kind])
      if (check[field] === undefined) add(path, `a check of kind ${check.kind} needs ${field}`);
    const read = [...ofEvery, ...needed[check.kind], ...optional[check.kind]];
    for (const field of Object.keys(check) as (keyof Check)[])
      if (check[field] !== undefined && !read.includes(field))
        add(`${path}.${field}`, `is not read by a check of kind ${check.kind}`);
    const kind = named[check.kind];
    if (kind !== undefined && check.of !== undefined) {
      known(kind, [...membersOf[kind].keys()], check.of, `${path}.of`);
      const members = membersOf[kind].get(check.of);
      if (members !== undefined && !members.includes(check.site))
        add(`${path}.of`, `${check.of} has no member at ${check.site}`);
    }
    problems.push(...kindProblems(check, path));
    const { interval = health.interval, timeout = health.timeout, slowAfter = health.slowAfter } = check;
    if (check.interval !== undefined || check.timeout !== undefined || check.slowAfter !== undefined)
      problems.push(...timeProblems(path, interval, timeout, slowAfter));
    if (check.kind === 'partition' && check.peer !== undefined) {
      known('site', sites, check.peer, `${path}.peer`);
      if (check.peer === check.site) add(`${path}.peer`, 'must be another site than the check’s own');
      for (const site of [check.site, check.peer])
        if (!health.vantages.some((vantage) => vantage.site === site))
          add(path, `a partition is seen from both sides: give a vantage \`site: ${site}\``);
    }
  });
  return problems;
}

function timeProblems(path: string, interval: string, timeout: string, slowAfter: string | undefined): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  if (durationMs(timeout) >= durationMs(interval))
    problems.push({
      path: `${path}.timeout`,
      problem: 'must be shorter than the interval, so that looks never overlap',
    });
  if (slowAfter !== undefined && durationMs(slowAfter) > durationMs(timeout))
    problems.push({
      path: `${path}.slowAfter`,
      problem: 'must not be longer than the timeout, or nothing is ever slow',
    });
  return problems;
}

function kindProblems(check: Check, path: string): ProblemDetail[] {
  const { kind, of, url, sql, resolvers, maxHeartbeatAge, maxQueueAge } = check;
  const one = (problem: string): ProblemDetail[] => [{ path, problem }];
  if (kind === 's3' && (of === undefined) === (url === undefined)) return one('a check of kind s3 needs of or url');
  if (kind === 'dns' && resolvers?.length === 0) return one('a check of kind dns needs one resolver or more');
  if (kind !== 'workers') return [];
  if ((url === undefined) === (sql === undefined)) return one('a check of kind workers needs url or sql');
  if ((sql === undefined) !== (of === undefined))
    return one('a check of kind workers needs of with sql, and without it has none');
  return maxHeartbeatAge === undefined && maxQueueAge === undefined
    ? one('a check of kind workers needs maxHeartbeatAge, maxQueueAge or both')
    : [];
}

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  type Check,
  type CheckKind,
  DrError,
  durationMs,
  type Estate,
  type Member,
  type SecretRef,
} from '@novacron/contracts';
import { objectStores, PostgresMember, RedisMember } from '@novacron/drivers';
import { addressOf } from '../network/address-of.js';
import { CommandProbe } from './command.js';
import { DnsProbe } from './dns.js';
import { HttpProbe } from './http.js';
import type { QueriedPostgres } from './postgres-access.js';
import { PostgresCanaryProbe } from './postgres-canary.js';
import { PostgresDiskProbe } from './postgres-disk.js';
import { PostgresProbe } from './postgres.js';
import type { Probe } from './probe.js';
import { RedisProbe } from './redis.js';
import { S3CanaryProbe } from './s3-canary.js';
import { S3Probe } from './s3.js';
import { SqlProbe } from './sql.js';
import { TcpProbe } from './tcp.js';
import { TlsProbe } from './tls.js';
import { WorkersProbe, workersOfPage, workersOfTable } from './workers.js';

/** What checks are made from. */
export interface CheckContext {
  readonly estate: Estate;
  /** Where the estate's commands run, and its paths begin. */
  readonly folder: string;
  /** From where we look. */
  readonly vantage: string;
  /** Read at each login, so that a rotated secret is taken without a restart. */
  readonly secret: (reference: SecretRef) => Promise<string>;
}

/** Makes a check's look from what the estate says; undefined where it is not for this vantage to look. */
type CheckType = (check: Check, timeoutMs: number, context: CheckContext) => Probe | undefined;

/** Every kind of check. The estate file's own check (libs/contracts) sees to it that each has the fields it needs. */
const checkTypes: Readonly<Record<CheckKind, CheckType>> = {
  postgres: (check, timeoutMs, context) =>
    new PostgresProbe(postgresOf(check, context), { timeoutMs, ...roleAndLag(check) }),
  'postgres-canary': (check, timeoutMs, context) =>
    // On two connections: what is written is read back by another one.
    new PostgresCanaryProbe(postgresOf(check, context, { keepMs: 0 }), {
      timeoutMs,
      place: `${context.vantage}/${check.site}/${check.name}`,
      ...roleAndLag(check),
    }),
  'postgres-disk': (check, timeoutMs, context) =>
    new PostgresDiskProbe(postgresOf(check, context), {
      timeoutMs,
      capacityBytes: needed(check, 'capacityBytes'),
      maxUsed: check.maxUsed ?? 0.85,
    }),
  redis: (check, timeoutMs, context) => new RedisProbe(redisOf(check, context), { timeoutMs, ...roleAndLag(check) }),
  http: (check, _timeoutMs, context) => httpOf(check, needed(check, 'url'), context),
  tcp: (check) => new TcpProbe({ host: needed(check, 'host'), port: needed(check, 'port') }),
  tls: (check, _timeoutMs, context) =>
    new TlsProbe({
      host: needed(check, 'host'),
      port: needed(check, 'port'),
      serverName: check.serverName ?? needed(check, 'host'),
      minValidMs: durationMs(check.minValid ?? '14d'),
      ...caOf(check, context),
    }),
  dns: (check) =>
    new DnsProbe({
      resolvers: needed(check, 'resolvers').map(({ host, port = 53 }) => ({ host, port })),
      name: needed(check, 'record'),
      type: check.recordType ?? 'A',
      ...(check.expectAnswers === undefined ? {} : { expected: check.expectAnswers }),
    }),
  workers: (check, timeoutMs, context) => {
    const look =
      check.url === undefined
        ? workersOfTable(postgresOf(check, context, { readOnly: true }), needed(check, 'sql'), timeoutMs)
        : workersOfPage(check.url, caOf(check, context).caPem);
    return new WorkersProbe(look, {
      ...optionalMs('maxHeartbeatAgeMs', check.maxHeartbeatAge),
      ...optionalMs('maxQueueAgeMs', check.maxQueueAge),
    });
  },
  // Either a store of the repository, asked with its own credentials, or the health page of a server.
  s3: (check, _timeoutMs, context) =>
    check.url === undefined ? new S3Probe(storeOf(check, context)) : httpOf(check, check.url, context),
  's3-canary': (check, _timeoutMs, context) =>
    new S3CanaryProbe(storeOf(check, context), `health/${context.vantage}/${check.site}/${check.name}/`),
  partition: (check, _timeoutMs, { estate, vantage }) => {
    const { site } = estate.health.vantages.find(({ name }) => name === vantage) ?? {};
    if (site === check.site) return new TcpProbe({ host: needed(check, 'host'), port: needed(check, 'port') });
    if (site !== check.peer) return undefined;
    return new TcpProbe({ host: needed(check, 'returnHost'), port: needed(check, 'returnPort') });
  },
  sql: (check, timeoutMs, context) =>
    new SqlProbe(postgresOf(check, context, { readOnly: true }), needed(check, 'sql'), check.expectValue, timeoutMs),
  command: (check, timeoutMs, { folder }) => new CommandProbe(needed(check, 'command'), folder, timeoutMs),
};

/** The look that a check stands for at a vantage. @throws DrError INVALID_ESTATE for one that names what is not there, a file too. */
export function probeFor(check: Check, timeoutMs: number, context: CheckContext): Probe | undefined {
  return checkTypes[check.kind](check, timeoutMs, context);
}

function httpOf(check: Check, url: string, context: CheckContext): HttpProbe {
  return new HttpProbe(url, {
    ...(check.expectStatus === undefined ? {} : { status: check.expectStatus }),
    ...(check.expectBody === undefined ? {} : { body: check.expectBody }),
    ...(check.expectJson === undefined ? {} : { json: check.expectJson }),
    ...caOf(check, context),
  });
}

function postgresOf(
  check: Check,
  { estate, secret }: CheckContext,
  { readOnly = false, keepMs = keepLoginMs }: { readonly readOnly?: boolean; readonly keepMs?: number } = {},
): (signal: AbortSignal) => Promise<QueriedPostgres> {
  const database = estate.databases.find((candidate) => candidate.name === check.of);
  if (database === undefined) throw missing(check, 'a database');
  const { host, port } = memberOf(check, database.members);
  const { user, password } = database.admin;
  let login: { readonly member: PostgresMember; readonly address: string; looks: number } | undefined;
  const memberFor = async (signal: AbortSignal): Promise<PostgresMember> => {
    const address = await addressOf(host, signal);
    if (login?.address === address && login.looks < looksOfALogin) {
      login.looks += 1;
      return login.member;
    }
    const member = new PostgresMember({
      name: check.site,
      host: address,
      port,
      user,
      password: await secret(password),
      database: database.database,
      applicationName: 'dr-health-monitor',
      keepMs,
      ...(readOnly ? { readOnly } : {}),
    });
    login = { member, address, looks: 1 };
    return member;
  };
  return async (signal) => {
    const member = await memberFor(signal);
    return {
      query: (sql, values, call) =>
        member.query(sql, values, call).catch((error: unknown): never => {
          login = undefined;
          throw error;
        }),
    } as QueriedPostgres;
  };
}

/**
 * A login costs a server a process and far more than the question. One look in five logs in anew, which finds a server that takes no
 * more connections. One that failed is followed by new ones until one is taken, each with the secret as it is then.
 */
const looksOfALogin = 5;

/** Beyond the pace of most checks; a slower one logs in each time. */
const keepLoginMs = 5_000;

function redisOf(check: Check, { estate, secret }: CheckContext): (signal: AbortSignal) => Promise<RedisMember> {
  const cache = estate.caches?.find((candidate) => candidate.name === check.of);
  if (cache === undefined) throw missing(check, 'a cache');
  const { host, port } = memberOf(check, cache.members);
  return async (signal) =>
    new RedisMember({
      name: check.site,
      host: await addressOf(host, signal),
      port,
      ...(cache.password === undefined ? {} : { password: await secret(cache.password) }),
    });
}

function storeOf(check: Check, { estate, folder, secret }: CheckContext) {
  const store = estate.repository.stores.find((candidate) => candidate.name === check.of);
  if (store === undefined) throw missing(check, 'a store of the repository');
  return async () => {
    const stores = await objectStores([store], { folder, secret });
    return stores.get(store.name) ?? throwMissing(check, 'a store of the repository');
  };
}

function caOf(check: Check, { folder }: CheckContext): { readonly caPem?: string } {
  const { caFile } = check;
  if (caFile === undefined) return {};
  try {
    const caPem = readFileSync(isAbsolute(caFile) ? caFile : join(folder, caFile), 'utf8');
    // TLS passes over what is no certificate without a word, and then trusts nobody.
    void new X509Certificate(caPem);
    return { caPem };
  } catch (error) {
    throw missing(check, `certificates in ${caFile}`, error);
  }
}

function roleAndLag({ expectRole, maxLag }: Check) {
  return { ...(expectRole === undefined ? {} : { role: expectRole }), ...optionalMs('maxLagMs', maxLag) };
}

function optionalMs<K extends string>(key: K, duration: string | undefined): Partial<Record<K, number>> {
  return duration === undefined ? {} : ({ [key]: durationMs(duration) } as Partial<Record<K, number>>);
}

function memberOf(check: Check, members: readonly Member[]): Member {
  return members.find((member) => member.site === check.site) ?? throwMissing(check, `a server of ${check.of}`);
}

function needed<K extends keyof Check>(check: Check, field: K): NonNullable<Check[K]> {
  return check[field] ?? throwMissing(check, field);
}

function throwMissing(check: Check, what: string): never {
  throw missing(check, what);
}

function missing(check: Check, what: string, cause?: unknown): DrError {
  return new DrError(
    'INVALID_ESTATE',
    `check ${check.name} of ${check.site} needs ${what}, which the estate does not have`,
    { cause },
  );
}

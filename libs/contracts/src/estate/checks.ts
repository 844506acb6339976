import { Count, Fraction, ListOf, Name, Nested, NonEmptyText, OneOf, Texts } from '../messages/fields.js';
import { CommandLine, Duration, Maybe, Port, Statuses, Url } from './fields.js';

export const checkKinds = [
  'postgres',
  'postgres-canary',
  'postgres-disk',
  'redis',
  'http',
  'tcp',
  'tls',
  'dns',
  'workers',
  's3',
  's3-canary',
  'partition',
  'sql',
  'command',
] as const;
export type CheckKind = (typeof checkKinds)[number];

/** `integrity` and `security` fail when data look damaged or attacked: then a replica is no help, and none is promoted. */
export const checkRoles = [
  'database',
  'api',
  'workers',
  'cache',
  'storage',
  'network',
  'integrity',
  'security',
] as const;

/** A value that stands in a JSON answer: `pointer` as in RFC 6901, such as `/status`. */
export class JsonExpectation {
  @NonEmptyText(500) pointer!: string;
  /** The value as text: `ok`, `true`, `3`. */
  @NonEmptyText(500) equals!: string;
}

export class Resolver {
  @NonEmptyText(255) host!: string;
  /** 53 unless given. */
  @Maybe() @Port() port?: number;
}

export class Check {
  @Name() name!: string;
  @Name() site!: string;
  @OneOf(checkKinds) kind!: CheckKind;
  /** What the rules read this check as: the site's database, its API, its workers … */
  @OneOf(checkRoles) role!: (typeof checkRoles)[number];
  /** A database of this file (kinds that begin with postgres, sql, workers), a cache (redis), a store (those that begin with s3). */
  @Maybe() @Name() of?: string;
  @Maybe() @Url() url?: string;
  @Maybe() @NonEmptyText(255) host?: string;
  @Maybe() @Port() port?: number;
  @Maybe() @CommandLine() command?: string[];
  @Maybe() @Duration() interval?: string;
  /** Below the interval. */
  @Maybe() @Duration() timeout?: string;
  @Maybe() @Duration() slowAfter?: string;

  /** http, and the page of s3: the statuses that are well; any of 200 to 299 unless given. */
  @Maybe() @Statuses() expectStatus?: number[];
  /** http: text that must stand in the body. */
  @Maybe() @NonEmptyText(1000) expectBody?: string;
  /** http: a value that must stand in the JSON body. */
  @Maybe() @Nested(() => JsonExpectation) expectJson?: JsonExpectation;
  /** http, tls, and the pages of s3 and workers: certificates to trust beside the system's, as a PEM file beside this one. */
  @Maybe() @NonEmptyText(1000) caFile?: string;
  /** tls: whose certificate it must be; the host unless given. */
  @Maybe() @NonEmptyText(255) serverName?: string;
  /** tls: degraded when the certificate ends sooner; 14 days unless given. */
  @Maybe() @Duration() minValid?: string;

  /** postgres, postgres-canary, redis: what it must be; either unless given, as roles move with a failover. */
  @Maybe() @OneOf(['primary', 'standby']) expectRole?: 'primary' | 'standby';
  /** postgres, redis: a standby must receive data, and be no further behind; degraded otherwise. */
  @Maybe() @Duration() maxLag?: string;
  /** postgres-disk: what the database may fill. */
  @Maybe() @Count() capacityBytes?: number;
  /** postgres-disk: degraded above this share of the capacity; 0.85 unless given. */
  @Maybe() @Fraction() maxUsed?: number;

  /** dns: who is asked; each must answer, and the check has failed when none does. */
  @Maybe() @ListOf(() => Resolver, 20) resolvers?: Resolver[];
  /** dns: the name that is looked up. */
  @Maybe() @NonEmptyText(255) record?: string;
  /** dns: A unless given. */
  @Maybe() @OneOf(['A', 'AAAA', 'CNAME', 'TXT']) recordType?: 'A' | 'AAAA' | 'CNAME' | 'TXT';
  /** dns: the answers that are right; any unless given. */
  @Maybe() @Texts(50) expectAnswers?: string[];

  /** sql, workers: one statement that only reads. */
  @Maybe() @NonEmptyText(4000) sql?: string;
  /** sql: the first column of the first row, as text; unless given it must be there and neither null, false nor 0. */
  @Maybe() @NonEmptyText(500) expectValue?: string;
  /** workers: failed when the last sign of life is older. */
  @Maybe() @Duration() maxHeartbeatAge?: string;
  /** workers: degraded when the oldest piece of work has waited longer. */
  @Maybe() @Duration() maxQueueAge?: string;

  /** partition: the other site. `host` and `port` are an end there, as the vantage at `site` reaches it. */
  @Maybe() @Name() peer?: string;
  /** partition: an end at `site`, as the vantage at `peer` reaches it. */
  @Maybe() @NonEmptyText(255) returnHost?: string;
  @Maybe() @Port() returnPort?: number;
}

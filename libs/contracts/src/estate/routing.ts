import { Count, ListOf, Name, Names, Nested, NonEmptyText, OneOf, Text } from '../messages/fields.js';
import { CommandSecret, Webhook } from './actions.js';
import { CommandLine, Duration, Maybe, Port, Secret, type SecretRef } from './fields.js';

/** What a record or backend is for each site. */
export class SiteTarget {
  @Name() site!: string;
  @NonEmptyText(255) value!: string;
}

export class DnsRecord {
  @NonEmptyText(255) name!: string;
  @OneOf(['A', 'AAAA', 'CNAME', 'TXT']) type!: 'A' | 'AAAA' | 'CNAME' | 'TXT';
  @Count() ttlSeconds!: number;
  @ListOf(() => SiteTarget) targets!: SiteTarget[];
}

export class TsigKey {
  @NonEmptyText(255) name!: string;
  @OneOf(['hmac-sha256']) algorithm!: 'hmac-sha256';
  @Secret() secret!: SecretRef;
}

export class DnsZoneSettings {
  @Name() name!: string;
  @OneOf(['rfc2136']) kind!: 'rfc2136';
  @NonEmptyText(255) zone!: string;
  @NonEmptyText(255) host!: string;
  @Port() port!: number;
  @Nested(() => TsigKey) key!: TsigKey;
  @ListOf(() => DnsRecord) records!: DnsRecord[];
}

export class RuntimeEndpoint {
  @NonEmptyText(255) host!: string;
  @Port() port!: number;
}

export class LoadBalancerBackend {
  @Name() backend!: string;
  /** The server in the backend that stands for each site. */
  @ListOf(() => SiteTarget) servers!: SiteTarget[];
}

export class LoadBalancer {
  @Name() name!: string;
  @OneOf(['haproxy']) kind!: 'haproxy';
  /** The runtime API of every instance. */
  @ListOf(() => RuntimeEndpoint) runtime!: RuntimeEndpoint[];
  @ListOf(() => LoadBalancerBackend) backends!: LoadBalancerBackend[];
  /** Where clients come in; used to validate from outside. */
  @Maybe() @NonEmptyText() httpUrl?: string;
  @Maybe() @NonEmptyText(255) postgresHost?: string;
  @Maybe() @Port() postgresPort?: number;
  /** The databases that are reached there; unless said, those that run on the same servers as the first of `databases`. */
  @Maybe() @Names() databases?: string[];
}

export class Cdn {
  @Name() name!: string;
  @Maybe() @Text() distribution?: string;
  /** The origin it draws from while a site serves. */
  @Maybe() @ListOf(() => SiteTarget) origins?: SiteTarget[];
}

/**
 * A connection pool (PgBouncer's RELOAD and RECONNECT) or another endpoint that does not find the active site by itself: told where
 * it is with every move, and where it was when one is taken back.
 */
export class Endpoint {
  @Name() name!: string;
  /** `{site}` in a word becomes the site's name; DR_ENDPOINT, DR_SITE, DR_EPOCH and DR_OPERATION are in its environment. */
  @Maybe() @CommandLine() command?: string[];
  /** In place of the command: told `endpoint` and the site. */
  @Maybe() @Nested(() => Webhook) webhook?: Webhook;
  /** How long the command may take; 15 s unless said. */
  @Maybe() @Duration() timeout?: string;
  @Maybe() @ListOf(() => CommandSecret, 100) secrets?: CommandSecret[];
}

export class Routing {
  @ListOf(() => DnsZoneSettings) dns!: DnsZoneSettings[];
  @ListOf(() => LoadBalancer) loadBalancers!: LoadBalancer[];
  @Maybe() @ListOf(() => Cdn) cdn?: Cdn[];
  @Maybe() @ListOf(() => Endpoint, 100) endpoints?: Endpoint[];
}

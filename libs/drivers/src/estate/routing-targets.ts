import type { DnsRecord, DnsZoneSettings, LoadBalancer } from '@novacron/contracts';
import { DnsZone } from '../dns/dns-zone.js';
import { HaproxyRuntime } from '../haproxy/haproxy-runtime.js';
import type { EstateContext } from './estate-context.js';

/** One record of the estate that follows the active site. */
export interface FollowingRecord {
  readonly zone: DnsZone;
  readonly record: DnsRecord;
}

/** One backend of the estate that follows the active site. */
export interface FollowingBackend {
  readonly balancer: string;
  readonly runtime: HaproxyRuntime;
  readonly backend: string;
  /** The server in the backend that stands for each site. */
  readonly serverOf: ReadonlyMap<string, string>;
}

export async function followingRecords(
  zones: readonly DnsZoneSettings[],
  context: EstateContext,
): Promise<FollowingRecord[]> {
  const found = zones.map(async (settings) => {
    const { name, algorithm, secret } = settings.key;
    const key = { name, algorithm, secretBase64: await context.secret(secret) };
    const zone = new DnsZone({ host: settings.host, port: settings.port, zone: settings.zone, key });
    return settings.records.map((record) => ({ zone, record }));
  });
  return (await Promise.all(found)).flat();
}

export function followingBackends(balancers: readonly LoadBalancer[]): FollowingBackend[] {
  return balancers.flatMap((balancer) => {
    const runtime = new HaproxyRuntime({ endpoints: balancer.runtime });
    return balancer.backends.map(({ backend, servers }) => ({
      balancer: balancer.name,
      runtime,
      backend,
      serverOf: new Map(servers.map(({ site, value }) => [site, value])),
    }));
  });
}

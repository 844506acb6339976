export const defaultPortBase = 24_000;

/** Sites in the order of the chain primary → secondary → dr; the archive stores backups and runs nothing else. */
export const siteNames = ['primary', 'secondary', 'dr', 'archive'] as const;
export type SiteName = (typeof siteNames)[number];

/** The sites that run the whole stack. */
export const fullSiteNames = ['primary', 'secondary', 'dr'] as const;
export type FullSiteName = (typeof fullSiteNames)[number];

export const vantageNames = ['alpha', 'beta', 'gamma'] as const;

/** What a site's front listens on, and what the server behind it does. */
export interface PortPair {
  readonly front: number;
  readonly behind: number;
}

export interface SitePorts {
  readonly postgres: PortPair;
  readonly redis: PortPair;
  readonly s3: PortPair;
  readonly app: PortPair;
  /** The site's own way out to the router's PostgreSQL port, so that a partition cuts it as well. */
  readonly uplink: PortPair;
}

export interface LabPorts {
  readonly base: number;
  readonly nats: number;
  readonly statusPage: number;
  readonly inboxHttp: number;
  readonly inboxSmtp: number;
  readonly routerHttp: number;
  readonly routerPostgres: number;
  readonly routerRuntime: number;
  readonly dns: number;
  readonly control: number;
  readonly witnesses: readonly number[];
  readonly serviceHealth: Readonly<Record<string, number>>;
  readonly sites: Readonly<Record<SiteName, SitePorts>>;
}

/** Where everything of a lab listens, all of it on 127.0.0.1. `lab/estate.yaml` counts from the default base. */
export function labPorts(base = defaultPortBase): LabPorts {
  const site = (index: number): SitePorts => {
    const first = base + 100 * (index + 1);
    const pair = (offset: number): PortPair => ({ front: first + offset, behind: first + 50 + offset });
    return {
      postgres: pair(0),
      redis: pair(1),
      s3: pair(2),
      app: pair(3),
      uplink: { front: first + 10, behind: base + 11 },
    };
  };
  return {
    base,
    nats: base,
    statusPage: base + 1,
    inboxHttp: base + 2,
    inboxSmtp: base + 3,
    routerHttp: base + 10,
    routerPostgres: base + 11,
    routerRuntime: base + 12,
    dns: base + 20,
    control: base + 30,
    witnesses: vantageNames.map((_, index) => base + 41 + index),
    serviceHealth: {
      'health-monitor-alpha': base + 50,
      'health-monitor-beta': base + 51,
      'health-monitor-gamma': base + 52,
      failover: base + 53,
      backup: base + 54,
      restoration: base + 55,
      notifier: base + 1,
    },
    sites: { primary: site(0), secondary: site(1), dr: site(2), archive: site(3) },
  };
}

/** Every port of the plan with what it is for: each must be free before a lab starts. */
export function portUses(ports: LabPorts): { port: number; use: string }[] {
  const uses = [
    { port: ports.nats, use: 'NATS' },
    { port: ports.inboxHttp, use: 'inbox (HTTP)' },
    { port: ports.inboxSmtp, use: 'inbox (SMTP)' },
    { port: ports.routerHttp, use: 'router (HTTP)' },
    { port: ports.routerPostgres, use: 'router (PostgreSQL)' },
    { port: ports.routerRuntime, use: 'router (runtime API)' },
    { port: ports.dns, use: 'DNS' },
    { port: ports.control, use: 'lab control' },
    ...ports.witnesses.map((port, index) => ({ port, use: `witness of ${vantageNames[index]}` })),
    ...Object.entries(ports.serviceHealth).map(([service, port]) => ({ port, use: `${service} (HTTP)` })),
  ];
  for (const name of siteNames) {
    const { uplink, ...pairs } = ports.sites[name];
    const own = name === 'archive' ? [['s3', pairs.s3] as const] : Object.entries(pairs);
    for (const [server, pair] of own) {
      uses.push(
        { port: pair.front, use: `${server} of ${name}` },
        { port: pair.behind, use: `${server} behind ${name}` },
      );
    }
    if (name !== 'archive') uses.push({ port: uplink.front, use: `uplink of ${name}` });
  }
  return uses;
}

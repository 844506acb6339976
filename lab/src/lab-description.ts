import type { LabFile, LabFileSite } from './lab-file.js';
import { dnsZone } from './servers/dns.js';
import type { LabSetting } from './lab-setting.js';
import type { ServiceProcess } from './servers/services.js';
import type { Site } from './sites/site.js';

/** What a description is made of. */
interface Described {
  readonly setting: LabSetting;
  readonly sites: Readonly<Record<string, Site>>;
  readonly services: readonly ServiceProcess[];
}

/** A lab as `.lab/lab.json` tells it. */
export function describeLab(lab: Described): LabFile {
  const { setting, sites } = lab;
  const { ports } = setting;
  const login = `dr_admin:${setting.secrets.postgresAdmin}`;
  return {
    estate: setting.estate.estate,
    nats: { url: setting.bus.url, options: {} },
    statusPage: { url: `http://127.0.0.1:${ports.statusPage}` },
    inbox: { url: `http://127.0.0.1:${ports.inboxHttp}` },
    router: {
      http: `http://127.0.0.1:${ports.routerHttp}`,
      postgres: `postgres://${login}@127.0.0.1:${ports.routerPostgres}/novacron`,
    },
    dns: { server: `127.0.0.1:${ports.dns}`, zone: dnsZone },
    sites: Object.fromEntries(Object.values(sites).map((site) => [site.name, describeSite(site)])),
    services: describeServices(lab),
  };
}

function describeServices({ services }: Pick<Described, 'services'>): LabFile['services'] {
  const names = [...new Set(services.map(({ service }) => service))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      services
        .filter(({ service }) => service === name)
        .map(({ healthUrl, process }) => ({ pid: process.pid ?? null, healthUrl })),
    ]),
  );
}

function describeSite({ name, options, stack, bucket }: Site): LabFileSite {
  const { ports, secrets } = options;
  const s3 = {
    endpoint: `http://127.0.0.1:${ports.sites[name].s3.front}`,
    bucket,
    accessKeyId: secrets.s3AccessKeyId,
    secretAccessKey: secrets.s3SecretAccessKey,
  };
  if (stack === undefined) return { s3 };
  const { postgres, postgresServer, redis, redisServer, app, appServers } = stack;
  return {
    postgres: { url: postgres.url, pid: postgresServer.pid ?? null, dataDir: postgres.dataDir },
    redis: { url: redis.url, pid: redisServer.pid ?? null },
    s3,
    app: { url: app.url, pids: Object.values(appServers).flatMap(({ pid }) => pid ?? []) },
  };
}

import { join } from 'node:path';
import { type LabFolders, projectFolder } from '../layout/folders.js';
import { type LabPorts, vantageNames } from '../layout/ports.js';
import type { LabPrograms } from '../layout/programs.js';
import { SupervisedProcess } from '../processes/supervised-process.js';

export const serviceNames = ['health-monitor', 'failover', 'backup', 'restoration', 'notifier'] as const;
export type ServiceName = (typeof serviceNames)[number];

const readyTimeoutMs = 60_000;
/** What a service may take to finish what it holds; the lab's own end should not wait long. */
const shutdownMs = 2_000;

/** How the services reach the bus, and how many copies of each stream it keeps. */
export interface LabBus {
  readonly url: string;
  readonly replicas: number;
}

export interface ServiceProcess {
  /** Such as `health-monitor`. */
  readonly service: ServiceName;
  /** Such as `health-monitor-alpha`. */
  readonly instance: string;
  readonly healthUrl: string;
  readonly process: SupervisedProcess;
}

/** Elsewhere they have machines of their own; here a backup must not take the time of a site that serves. */
const copying: ReadonlySet<ServiceName> = new Set(['backup', 'restoration']);

/** The control plane as the lab runs it: each service once, the health monitor once per vantage. */
export function labServices(options: {
  readonly ports: LabPorts;
  readonly folders: LabFolders;
  readonly programs: LabPrograms;
  readonly programsFile: string;
  readonly bus: LabBus;
  readonly onChange: () => void;
}): ServiceProcess[] {
  const { ports, folders, programs, programsFile, bus, onChange } = options;
  const one = (service: ServiceName, instance: string, own: Record<string, string> = {}): ServiceProcess => {
    const port = ports.serviceHealth[instance] as number;
    const process = new SupervisedProcess({
      spec: {
        name: instance,
        program: programs.node,
        args: ['--enable-source-maps', join(projectFolder, 'services', service, 'dist/main.js')],
        cwd: folders.root,
        logFile: folders.log(instance),
        ...(copying.has(service) ? { niceness: 5 } : {}),
        env: {
          DR_ESTATE: folders.estateFile,
          DR_NATS_URL: bus.url,
          DR_NATS_REPLICAS: String(bus.replicas),
          DR_HTTP_PORT: String(port),
          DR_PROGRAMS: programsFile,
          DR_SERVICE_INSTANCE: instance,
          DR_SHUTDOWN_MS: String(shutdownMs),
          ...own,
        },
      },
      graceMs: shutdownMs + 500,
      onChange,
    });
    return { service, instance, healthUrl: `http://127.0.0.1:${port}/health/ready`, process };
  };
  return [
    ...vantageNames.map((vantage) => one('health-monitor', `health-monitor-${vantage}`, { DR_VANTAGE: vantage })),
    ...serviceNames.flatMap((service) => (service === 'health-monitor' ? [] : [one(service, service)])),
  ];
}

export function natsUrl(ports: LabPorts): string {
  return `nats://127.0.0.1:${ports.nats}`;
}

/** Resolves when the service says that it is ready. */
export async function startService({ process, healthUrl }: ServiceProcess): Promise<void> {
  const server = await process.start();
  await server.ready(async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(1_000) })).ok, readyTimeoutMs);
}

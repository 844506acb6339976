import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bus, Epochs, silentLogger } from '@novacron/bus';
import { DrError, type Estate } from '@novacron/contracts';
import { exitCodes, failureText, loadEstate } from '@novacron/service';
import { StateStore } from '../adapters/state-store.js';
import { WriteLeases } from '../adapters/write-leases.js';
import { judgeStart, type StartFacts } from '../domain/start-guard.js';
import { mustStayClosed } from '../domain/write-lease.js';
import { cacheRole } from './cache-role.js';
import { heldEpochOf } from './held-epoch.js';

const usage = `usage: start-guard --estate FILE --site SITE --component postgres|redis [--data-dir DIR]

Asks the estate's epoch whether a server may start on a site. Run it before the server, as ExecStartPre= in a systemd unit.
  postgres  exit 0: it may start; 75: it may not, and the reason stands on standard error
  redis     exit 0 and {"role":"primary"} or {"role":"replica","of":{"host","port"}} on standard output; 75: not known
Reads DR_NATS_URL and DR_NATS_OPTIONS.
`;

/** How long the bus is waited for: a site that starts after a power cut may be up before it. */
const connectTimeoutMs = 10_000;

interface Arguments {
  readonly estate: string;
  readonly site: string;
  readonly component: 'postgres' | 'redis';
  readonly dataDir?: string;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      estate: { type: 'string' },
      site: { type: 'string' },
      component: { type: 'string' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const { estate, site, component } = values;
  const known = component === 'postgres' || component === 'redis';
  if (values.help === true || estate === undefined || site === undefined || !known) {
    process.stderr.write(usage);
    process.exit(values.help === true ? 0 : 2);
  }
  return { estate, site, component, ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }) };
}

type Known = Pick<StartFacts, 'epochSite' | 'revokedBy'>;

/** The site the epoch names, and who has revoked this one's right. The guard belongs to no service and only reads. */
async function askBus(estate: Estate, site: string): Promise<Known> {
  const options: unknown = JSON.parse(process.env['DR_NATS_OPTIONS'] ?? '{}');
  try {
    const bus = await Bus.connect({
      url: process.env['DR_NATS_URL'] ?? 'nats://127.0.0.1:4222',
      options: options as object,
      service: 'start-guard',
      instance: String(process.pid),
      estate: estate.estate,
      logger: silentLogger,
      connectTimeoutMs,
    });
    try {
      const epoch = await (await Epochs.open(bus.connection, estate.estate)).current();
      if (epoch === undefined) return { epochSite: 'none' };
      const revokedBy = epoch.site === site ? await revokerOf(bus, estate, site, epoch.epoch) : undefined;
      return { epochSite: epoch.site, ...(revokedBy === undefined ? {} : { revokedBy }) };
    } finally {
      await bus.close();
    }
  } catch {
    return { epochSite: 'unreachable' };
  }
}

/** The failover that has revoked the write lease of a database on the site, in this epoch. */
async function revokerOf(bus: Bus, estate: Estate, site: string, epoch: number): Promise<string | undefined> {
  if (estate.failover.fences.find((fence) => fence.site === site)?.lease === undefined) return undefined;
  const leases = new WriteLeases(new StateStore(bus));
  const records = await Promise.all(estate.databases.map(({ name }) => leases.read(name, site)));
  const revoked = records.find(({ value }) => mustStayClosed(value, epoch))?.value;
  return revoked === undefined ? undefined : (revoked.operationId ?? 'a failover');
}

try {
  const { estate: file, site, component, dataDir } = readArguments();
  const { estate } = await loadEstate(file);
  const { epochSite: active, ...lease } = await askBus(estate, site);
  const heldEpoch = active === 'none' ? await heldEpochOf(estate, file, site, dataDir) : undefined;
  const held = heldEpoch === undefined ? {} : { heldEpoch };
  if (component === 'redis') {
    const known = heldEpoch === undefined ? active : 'unreachable';
    process.stdout.write(`${JSON.stringify(cacheRole(estate, site, known))}\n`);
  } else {
    const standby = dataDir !== undefined && existsSync(join(dataDir, 'standby.signal'));
    const { allowed, reason } = judgeStart({ site, epochSite: active, standby, ...held, ...lease });
    process.stderr.write(`start-guard: ${site}: ${reason}\n`);
    process.exitCode = allowed ? 0 : exitCodes.temporary;
  }
} catch (error) {
  process.stderr.write(failureText('start-guard', DrError.from(error)));
  process.exitCode = exitCodes.temporary;
}

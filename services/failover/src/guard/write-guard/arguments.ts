import { existsSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DrError, type Estate, leaseTimes } from '@novacron/contracts';
import { loadEstate } from '@novacron/service';

export const usage = `usage: write-guard --estate FILE --site SITE --data-dir DIR [--database NAME] [--name NAME]

Keeps the right of the PostgreSQL server on DIR to take writes: the write lease that failover.fences of the estate file gives the site.
Where the lease cannot be renewed in time, or a failover revokes it, the server is closed (an immediate shutdown). Runs beside the
server for as long as that runs, as the server's user or as root. --database may be absent where the estate has one.
--name says whose lease it is (the machine's name and the data directory), where that name changes at each start, as a container's does.
Ends in order at SIGTERM: the lease is given up, and the server goes on unguarded; so no failover rests on it.
Reads DR_NATS_URL and DR_NATS_OPTIONS. Exit code 78: the configuration is wrong, and trying again does not help.
`;

export interface GuardSettings {
  readonly estate: Estate;
  readonly site: string;
  readonly database: string;
  readonly dataDir: string;
  readonly holder: string;
  readonly ttlMs: number;
  readonly marginMs: number;
  /** By the machine's time since its start: until when the server may take writes to begin with. */
  readonly permitUntilMs: number;
  readonly leaving: boolean;
}

/** @throws DrError INVALID_CONFIG saying what is missing; undefined where only help was asked for. */
export async function readSettings(words: readonly string[]): Promise<GuardSettings | undefined> {
  const { values } = parsed(words);
  if (values.help === true) return undefined;
  const { estate: file, site, 'data-dir': folder } = values;
  if (file === undefined || site === undefined || folder === undefined)
    throw wrong('--estate, --site and --data-dir are needed', 'see write-guard --help');
  const { estate } = await loadEstate(file);
  const [only] = estate.databases;
  const database = values.database ?? (estate.databases.length === 1 ? only?.name : undefined);
  const found = estate.databases.find(({ name }) => name === database);
  const names = estate.databases.map(({ name }) => name).join(', ');
  if (found === undefined) throw wrong(`--database must be one of ${names}`, 'one write guard keeps one server');
  if (!found.members.some((member) => member.site === site))
    throw wrong(`database ${found.name} has no member on ${site}`, 'see databases in the estate file');
  const lease = estate.failover.fences.find((fence) => fence.site === site)?.lease;
  if (lease === undefined)
    throw wrong(
      `the estate file gives ${site} no write lease`,
      `add one to failover.fences of ${site}: lease: {ttl: 10s}`,
    );
  if (!existsSync(folder)) throw wrong(`${folder} is not there`, 'give the data directory of the server');
  const dataDir = resolve(folder);
  // It ends all that works there.
  if (realpathSync(process.cwd()) === realpathSync(dataDir))
    throw wrong('the write guard cannot work in the data directory', 'start it in another folder, such as /');
  const holder = values.name ?? `${hostname()}:${dataDir}`;
  return {
    estate,
    site,
    database: found.name,
    dataDir,
    holder,
    ...leaseTimes(lease),
    permitUntilMs: Number(values['permit-until'] ?? '-Infinity'),
    leaving: values.leaving === true,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        estate: { type: 'string' },
        site: { type: 'string' },
        database: { type: 'string' },
        'data-dir': { type: 'string' },
        name: { type: 'string' },
        // Between the guard's own two processes.
        'permit-until': { type: 'string' },
        leaving: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw wrong((error as Error).message, 'see write-guard --help');
  }
}

function wrong(message: string, hint: string): DrError {
  return new DrError('INVALID_CONFIG', message, { hint });
}

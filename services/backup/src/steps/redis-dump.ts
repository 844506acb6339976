import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { BackupSpool } from '../adapters/backup-spool.js';
import { type BackupSources, memberOn } from '../adapters/backup-sources.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { SpooledComponent } from '../domain/spooled-component.js';
import { readComponents, readingAttempts } from './read-components.js';
import type { StepResults } from './results.js';

/** The data set of each cache, as its server sends it to a replica. */
export function redisDump(sources: BackupSources): Step<BackupParams, undefined, StepResults['redis-dump']> {
  return readComponents({
    name: 'redis-dump',
    title: 'copy the caches from the active site',
    timeoutMs: 3_600_000,
    attempts: readingAttempts,
    spool: sources.spool,
    namesIn: ({ components }) => sources.cachesIn(components).map(({ settings }) => settings.name),
    describe: ({ components, site }) =>
      sources.cachesIn(components).map(({ settings }) => `${settings.name}: a fork and a dump on ${site}`),
    read: (context, spool, component) => dumpCache(sources, context, spool, component),
  });
}

async function dumpCache(
  sources: BackupSources,
  { params, attempt, signal }: StepContext<BackupParams>,
  spool: BackupSpool,
  component: string,
): Promise<SpooledComponent> {
  const [cache] = sources.cachesIn([component]);
  if (cache === undefined) throw new DrError('NOT_FOUND', `the estate has no cache ${component}`);
  const member = memberOn(cache, params.site);
  const folder = await spool.attemptFolder(component, attempt);
  const startedAt = new Date().toISOString();
  const before = await member.status({ signal });
  await pipeline(member.dump({ signal }), createWriteStream(join(folder.path, 'dump.rdb'), { mode: 0o600 }), {
    signal,
  });
  const after = await member.status({ signal });
  return {
    component,
    kind: 'redis-rdb',
    sourceSite: params.site,
    serverVersion: after.version,
    startedAt,
    completedAt: new Date().toISOString(),
    systemId: after.runId,
    // The server does not say how many keys its dump holds: only a count that stood still while it was made is the dump's.
    ...(before.keys === after.keys ? { keyCount: after.keys } : {}),
    files: [await spool.describeFile(folder.name, 'dump.rdb')],
  };
}

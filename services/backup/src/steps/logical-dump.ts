import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { BackupSpool } from '../adapters/backup-spool.js';
import type { BackupSources } from '../adapters/backup-sources.js';
import type { BackupProgress } from '../backup-progress.js';
import type { BackupParams } from '../domain/backup-params.js';
import { serverVersion } from '../domain/server-version.js';
import { sourceMember } from '../adapters/source-member.js';
import type { SpooledComponent } from '../domain/spooled-component.js';
import { readComponents, readingAttempts } from './read-components.js';
import type { StepResults } from './results.js';

/** Each database of each server as a dump of its own, so that one of them, or one table, can be restored alone. */
export function logicalDump(
  sources: BackupSources,
  progress: BackupProgress,
): Step<BackupParams, undefined, StepResults['logical-dump']> {
  return readComponents({
    name: 'logical-dump',
    title: 'dump every database',
    timeoutMs: 24 * 3_600_000,
    attempts: readingAttempts,
    spool: sources.spool,
    namesIn: ({ components }) => sources.databasesIn(components).map(({ settings }) => settings.name),
    describe: ({ components, site }) =>
      sources.databasesIn(components).map(({ settings }) => `nothing; reads ${settings.name} on ${site}`),
    read: (context, spool, component) => dumpServer(sources, progress, context, spool, component),
  });
}

async function dumpServer(
  sources: BackupSources,
  progress: BackupProgress,
  context: StepContext<BackupParams>,
  spool: BackupSpool,
  component: string,
): Promise<SpooledComponent> {
  const { params, attempt, signal } = context;
  const [database] = sources.databasesIn([component]);
  if (database === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${component}`);
  const folder = await spool.attemptFolder(component, attempt);
  const { member, sourceNote } = await sourceMember(database, params.site, sources.settings.source);
  progress.begin(params.backupId, 'logical-dump');
  const dump = await member.logicalDump({
    targetDir: folder.path,
    jobs: sources.settings.logicalJobs,
    signal,
    onProgress: ({ doneBytes, totalBytes }) => progress.tell(params.backupId, 'logical-dump', doneBytes, totalBytes),
    onDumped: ({ databases, of }) => context.progress((100 * databases) / (of + 1), component),
  });
  const files = [];
  for (const name of dump.files) files.push(await spool.describeFile(folder.name, name));
  return {
    ...{ component, kind: 'postgres-logical', sourceSite: member.name, systemId: dump.systemIdentifier, files },
    serverVersion: serverVersion(dump.serverVersion),
    startedAt: dump.startedAt,
    completedAt: dump.completedAt,
    timeline: dump.timeline,
    ...(sourceNote === undefined ? {} : { sourceNote }),
  };
}

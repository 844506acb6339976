import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { extractTar, startScratch } from '@novacron/drivers';
import { freePort, handOver, ordinaryUser, type TestPostgres } from '@novacron/drivers/testing';
import { fetchWal, parseLsn, type Repository } from '@novacron/repository';

/** What a query answers in a database restored from one store to a moment. Throws when the server cannot reach the moment. */
export async function restoredRows(options: {
  readonly repository: Repository;
  readonly store: string;
  readonly backupId: string;
  /** RFC 3339. */
  readonly at: string;
  readonly timeline: number;
  /** A folder that does not exist yet. */
  readonly folder: string;
  readonly postgres: TestPostgres;
  readonly query: string;
}): Promise<Record<string, unknown>[]> {
  const { repository, store, backupId, postgres, folder } = options;
  const [dataDir, walDir] = [join(folder, 'data'), join(folder, 'archive')];
  for (const path of [folder, dataDir, walDir]) {
    mkdirSync(path, { mode: 0o700 });
    handOver(path);
  }
  const runAs = ordinaryUser();
  const as = runAs === undefined ? {} : { runAs };
  const database = (await repository.catalog(store).read(backupId)).components[0];
  if (database?.stopLsn === undefined) throw new Error('the backup has no database');
  const tars = database.objects.filter(({ key }) => key.endsWith('.tar.zst'));
  for (const object of tars.toSorted((a, b) => a.key.localeCompare(b.key))) {
    const name = object.key.split('/').at(-1) ?? '';
    const targetDir = name.startsWith('pg_wal') ? join(dataDir, 'pg_wal') : dataDir;
    await extractTar(name, await repository.openObject(store, object), { targetDir, ...as });
  }
  const archive = repository.wal(store, database.systemId);
  const { segments } = await fetchWal(archive, {
    from: parseLsn(database.stopLsn),
    timeline: options.timeline,
    toDir: walDir,
  });
  for (const name of segments) handOver(join(walDir, name));
  const scratch = await startScratch({
    ...{ dataDir, port: await freePort(), binDir: postgres.binDir, ...postgres.admin, database: postgres.database },
    restoreCommand: `cp "${walDir}/%f" "%p"`,
    recoveryTargetTime: options.at,
    timeoutMs: 30_000,
    ...as,
  });
  try {
    return await scratch.member.query(options.query);
  } finally {
    await scratch.stop();
  }
}

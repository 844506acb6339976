import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import { type Accepted, parseEstate, QueryRestorationReport, type Report, Restore } from '@novacron/contracts';
import { FileStore, requireProgram, runningPostmaster } from '@novacron/drivers';
import {
  handOver,
  ordinaryUser,
  startPostgres,
  startRedis,
  temporaryFolder,
  type TestPostgres,
} from '@novacron/drivers/testing';
import { type BackupManifest, backupIdAt, openRepository, parseKeyring, type Repository } from '@novacron/repository';
import { JsonLogger, type RunningService, startService } from '@novacron/service';
import { Redis } from 'ioredis';
import { AppModule } from '../app.module.js';

const root = join(import.meta.dirname, '../../../..');
const key = 'ab'.repeat(32);
export const stores = ['near', 'far'] as const;

export interface SeenEvent {
  readonly name: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A database with two file stores behind it, and the restoration service as it runs. */
export class RestoreWorld {
  readonly events: SeenEvent[] = [];
  readonly repository: Repository;
  private service: RunningService | undefined;
  private child: ChildProcess | undefined;
  private cacheBackups = 0;

  private constructor(
    readonly nats: RunningNats,
    readonly postgres: TestPostgres,
    readonly bus: Bus,
    readonly folder: { readonly path: string; remove(): void },
  ) {
    const files = stores.map((name) => [name, new FileStore({ name, folder: join(folder.path, name) })] as const);
    this.repository = openRepository({ stores: new Map(files), keyring: parseKeyring('k1', { k1: key }) });
  }

  /** With the service in this process, or as a process of its own from the build, which can be killed. */
  static async start(as: 'module' | 'process' = 'module'): Promise<RestoreWorld> {
    const [nats, postgres] = await Promise.all([startNatsServer(), startPostgres({ name: 'primary' })]);
    const settings = { url: nats.url, service: 'test', instance: 'test', estate: 'novacron', logger: silentLogger };
    const bus = await Bus.connect(settings);
    const world = new RestoreWorld(nats, postgres, bus, temporaryFolder('restoration'));
    world.writeEstate();
    if (as === 'module') await world.startService();
    else await world.startProcess();
    bus.connection.subscribe('dr.novacron.event.restoration.>', {
      callback: (_error, message) => {
        const id = message.headers?.get('ce-id') ?? '';
        // A publish whose acknowledgement was slow is sent again: the stream keeps one, a plain subscriber sees both.
        if (world.events.some((seen) => seen.id === id)) return;
        const name = message.subject.split('.')[4] ?? '';
        world.events.push({ name, id, data: message.json<Record<string, unknown>>() });
      },
    });
    return world;
  }

  async stop(): Promise<void> {
    await this.service?.stop();
    await this.killProcess();
    for (const name of readdirSync(this.scratchFolder)) {
      const pid = runningPostmaster(join(this.scratchFolder, name, 'data'));
      if (pid !== undefined) process.kill(pid, 'SIGQUIT');
    }
    await this.bus.close();
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
    this.folder.remove();
  }

  async startService(): Promise<void> {
    this.service = await startService({
      name: 'restoration',
      module: AppModule,
      logger: new JsonLogger({ write: () => undefined }),
      environment: this.environment,
    });
  }

  /** Resolved once it says that it is ready. */
  async startProcess(): Promise<void> {
    const env = { ...process.env, ...this.environment };
    const child = spawn(process.execPath, [join(root, 'services/restoration/dist/main.js')], { env });
    this.child = child;
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    await eventually(() => output.includes('service is ready') || undefined, {
      what: 'the service',
      timeoutMs: 30_000,
    });
  }

  async killProcess(): Promise<void> {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private get environment(): Record<string, string> {
    return { DR_ESTATE: join(this.folder.path, 'estate.json'), DR_NATS_URL: this.nats.url, DR_HTTP_PORT: '0' };
  }

  get scratchFolder(): string {
    return join(this.folder.path, 'services/restoration');
  }

  /** A full backup of the database, committed and marked as verified in these stores. */
  async backup(into: readonly string[] = stores): Promise<BackupManifest> {
    const runAs = ordinaryUser();
    const backupId = backupIdAt(new Date());
    const targetDir = join(this.folder.path, backupId);
    mkdirSync(targetDir);
    handOver(targetDir);
    const { member, replication } = this.postgres;
    const copy = await member.baseBackup({ targetDir, replication, ...(runAs && { runAs }) });
    let manifest: BackupManifest | undefined;
    for (const store of into) {
      const objects = [];
      for (const { name, path } of copy.files) {
        const place = { backupId, component: 'novacron', name };
        objects.push(await this.repository.putObject(store, place, () => createReadStream(path)));
      }
      const { startedAt, completedAt, systemIdentifier: systemId, timeline, startLsn, stopLsn } = copy;
      manifest = await this.repository.catalog(store).commit({
        backupId,
        estate: 'novacron',
        kind: 'full',
        epoch: 1,
        startedAt,
        completedAt,
        toolVersion: '0.1.0',
        components: [
          {
            component: 'novacron',
            kind: 'postgres-physical',
            sourceSite: 'primary',
            serverVersion: String(Math.floor(copy.serverVersion / 10_000)),
            ...{ startedAt, completedAt, systemId, timeline, startLsn, stopLsn, includesWal: true, objects },
            ...(copy.tablespaces.length === 0 ? {} : { tablespaces: [...copy.tablespaces] }),
          },
        ],
      });
      await this.repository.catalog(store).mark(backupId, { mark: 'verified', store }, new Date());
    }
    if (manifest === undefined) throw new Error('a backup goes to at least one store');
    return manifest;
  }

  /** A dump of every database, committed and marked as verified in the near store. */
  async backupLogically(): Promise<string> {
    const at = new Date();
    const backupId = backupIdAt(new Date(at.getTime() + 3_600_000));
    const targetDir = join(this.folder.path, backupId);
    mkdirSync(targetDir);
    handOver(targetDir);
    const runAs = ordinaryUser();
    const dump = await this.postgres.member.logicalDump({ targetDir, jobs: 2, ...(runAs && { runAs }) });
    const objects = [];
    for (const name of dump.files) {
      const place = { backupId, component: 'novacron', name };
      objects.push(await this.repository.putObject('near', place, () => createReadStream(join(targetDir, name))));
    }
    const { startedAt, completedAt, systemIdentifier: systemId } = dump;
    await this.repository.catalog('near').commit({
      ...{ backupId, estate: 'novacron', kind: 'full', epoch: 1, startedAt, completedAt, toolVersion: '0.1.0' },
      components: [
        {
          ...{ component: 'novacron', kind: 'postgres-logical', sourceSite: 'primary', serverVersion: '15' },
          ...{ startedAt, completedAt, systemId, objects },
        },
      ],
    });
    await this.repository.catalog('near').mark(backupId, { mark: 'verified', store: 'near' }, new Date());
    return backupId;
  }

  /** A backup of a cache with so many keys, whose manifest says that there were so many. */
  async backupCache({ keys, said }: { readonly keys: number; readonly said: number }): Promise<string> {
    const redis = await startRedis(requireProgram('redisServer'));
    try {
      const { host, port, password = '' } = redis.member.options;
      const client = new Redis({ host, port, password });
      await client.mset(Object.fromEntries(Array.from({ length: keys }, (_, index) => [`session:${index}`, 'open'])));
      client.disconnect();
      const at = new Date();
      const [backupId, time] = [backupIdAt(new Date(at.getTime() + 60_000 * ++this.cacheBackups)), at.toISOString()];
      const place = { backupId, component: 'sessions', name: 'dump.rdb' };
      const object = await this.repository.putObject('near', place, () => redis.member.dump());
      await this.repository.catalog('near').commit({
        ...{
          backupId,
          estate: 'novacron',
          kind: 'full',
          epoch: 1,
          startedAt: time,
          completedAt: time,
          toolVersion: '0.1.0',
        },
        components: [
          {
            ...{ component: 'sessions', kind: 'redis-rdb', sourceSite: 'primary', serverVersion: '7' },
            ...{ startedAt: time, completedAt: time, systemId: 'r1', keyCount: said, objects: [object] },
          },
        ],
      });
      return backupId;
    } finally {
      await redis.stop();
    }
  }

  /** Everything that was written until now, in the archives of these stores. */
  async archive(systemId: string, into: readonly string[] = stores): Promise<void> {
    const lastCommitAt = new Date(await this.now());
    const { walFile } = await this.postgres.member.switchWal();
    const folder = join(this.postgres.dataDir, 'pg_wal');
    for (const name of readdirSync(folder).filter((each) => /^[0-9A-F]{24}$/u.test(each) && each <= walFile)) {
      const bytes = readFileSync(join(folder, name));
      for (const store of into) await this.repository.wal(store, systemId).append(name, 0, bytes, { lastCommitAt });
    }
  }

  /** The database's clock, to the microsecond. */
  async now(): Promise<string> {
    const [row] = await this.postgres.member.query<{ now: string }>(
      `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
    );
    return row?.now ?? '';
  }

  async restore(request: object): Promise<{ operationId: string; report: Record<string, unknown> }> {
    const { operationId } = await this.bus.request<Accepted>(new Restore(request), { timeoutMs: 10_000 });
    return { operationId, report: await this.end(operationId) };
  }

  /** The report once the operation moves no more. */
  end(operationId: string): Promise<Record<string, unknown>> {
    return eventually(
      async () => {
        const found = await this.report(operationId).catch(() => ({ state: 'no answer' }) as Record<string, unknown>);
        return ['completed', 'rolled-back', 'failed'].includes(String(found['state'])) ? found : undefined;
      },
      { what: `the end of ${operationId}`, timeoutMs: 60_000 },
    );
  }

  async report(operationId: string): Promise<Record<string, unknown>> {
    const query = new QueryRestorationReport({ operationId });
    return (await this.bus.request<Report>(query, { timeoutMs: 5_000 })).report;
  }

  private writeEstate(): void {
    const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
    const database = estate?.databases[0];
    if (estate === undefined || database === undefined) throw new Error('the lab’s estate file does not parse');
    const secret = (name: string, text: string): { file: string } => {
      writeFileSync(join(this.folder.path, name), text, { mode: 0o600 });
      return { file: name };
    };
    Object.assign(database.admin, { password: secret('admin', this.postgres.admin.password) });
    Object.assign(database.replication, { password: secret('replication', this.postgres.replication.password) });
    for (const cache of estate.caches ?? []) Object.assign(cache, { password: secret('redis', 'redis-password') });
    const repository = {
      stores: [
        { name: 'near', role: 'primary', kind: 'file', path: 'near' },
        { name: 'far', role: 'replica', kind: 'file', path: 'far' },
      ],
      encryption: { algorithm: 'aes-256-gcm', current: 'k1', keys: [{ id: 'k1', key: secret('key', key) }] },
    };
    for (const store of stores) mkdirSync(join(this.folder.path, store), { recursive: true });
    writeFileSync(join(this.folder.path, 'estate.json'), JSON.stringify(Object.assign(estate, { repository })));
  }
}

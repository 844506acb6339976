import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Bus, Epochs, provisionBus, silentLogger } from '@novacron/bus';
import { eventually, type RunningNats, startNatsServer } from '@novacron/bus/testing';
import {
  type Accepted,
  type BackupList,
  DrError,
  type Estate,
  parseEstate,
  QueryBackupList,
  QueryRecoveryWindow,
  type RecoveryWindow,
  Restore,
  RunBackup,
} from '@novacron/contracts';
import { handOver } from '@novacron/drivers/testing';
import type { BenchCluster } from './bench-cluster.js';
import { ServiceProcess } from './service-process.js';

const root = resolve(import.meta.dirname, '../../..');
const operationTimeoutMs = 600_000;

interface BackupEvent {
  readonly name: string;
  readonly operationId: string;
  readonly phase: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The backup and restoration services beside a NATS server of their own, asked as a user asks them: over the bus. */
export class OurSide {
  private readonly events: BackupEvent[] = [];

  private constructor(
    private readonly nats: RunningNats,
    private readonly bus: Bus,
    private readonly backup: ServiceProcess,
    private readonly restoration: ServiceProcess,
  ) {
    bus.connection.subscribe('dr.*.event.>', {
      callback: (_error, message) => {
        const data = message.json<Record<string, unknown>>();
        const name = message.subject.split('.')[4] ?? '';
        const operationId = String(
          data['backupId'] !== undefined && name.startsWith('backup-') ? data['backupId'] : data['operationId'],
        );
        this.events.push({ name, operationId, phase: typeof data['phase'] === 'string' ? data['phase'] : '', data });
      },
    });
  }

  static async start(cluster: BenchCluster, folder: string): Promise<OurSide> {
    const begun: (() => Promise<void>)[] = [];
    try {
      const nats = await startNatsServer();
      begun.unshift(() => nats.stop());
      const file = writeEstate(cluster, folder);
      const settings = { service: 'failover', instance: 'bench', estate: 'bench', logger: silentLogger } as const;
      const bus = await Bus.connect({ url: nats.url, ...settings });
      begun.unshift(() => bus.close());
      await provisionBus(bus.connection, { estate: 'bench' });
      await (await Epochs.open(bus.connection, 'bench')).advance(0, { site: 'primary', operationId: 'bench' });
      const environment = { DR_ESTATE: file, DR_NATS_URL: nats.url };
      const backup = await ServiceProcess.start('backup', environment);
      begun.unshift(() => backup.stop());
      const restoration = await ServiceProcess.start('restoration', environment);
      return new OurSide(nats, bus, backup, restoration);
    } catch (error) {
      for (const end of begun) await end();
      throw error;
    }
  }

  /** Until every object has been read back from the store and agrees. */
  async fullBackup(): Promise<string> {
    const { operationId } = await this.bus.request<Accepted>(new RunBackup({ kind: 'full', reason: 'benchmark' }));
    await this.event('backup-verified', operationId);
    return operationId;
  }

  /** Until an incremental backup has said how it ended. */
  async incrementalBackup(): Promise<string> {
    const { operationId } = await this.bus.request<Accepted>(
      new RunBackup({ kind: 'incremental', reason: 'benchmark' }),
    );
    const { name } = await this.event('backup-unchanged', operationId, 'backup-verified');
    return name;
  }

  /** Until the data directory is there and was compared with the server's own manifest, as pgBackRest's restore ends. */
  async restore(backupId: string): Promise<{ untilRecovered(): Promise<void> }> {
    const { operationId } = await this.bus.request<Accepted>(new Restore({ component: 'bench', backupId }));
    await this.event('recovery-phase-done', operationId, undefined, 'fetch-backup');
    return { untilRecovered: async () => void (await this.event('recovery-completed', operationId)) };
  }

  /** The newest moment that the store alone can restore, milliseconds since 1970. */
  async recoveryPointMs(): Promise<number> {
    const { spans } = await this.bus.request<RecoveryWindow>(new QueryRecoveryWindow({ component: 'bench' }));
    return Math.max(...spans.map(({ to }) => Date.parse(to)));
  }

  async sizeBytes(backupId: string): Promise<number> {
    const { backups } = await this.bus.request<BackupList>(new QueryBackupList({}));
    return backups.find((one) => one.backupId === backupId)?.sizeBytes ?? Number.NaN;
  }

  forgetPeakMemory(): void {
    for (const service of [this.backup, this.restoration]) service.forgetPeak();
  }

  get peakMemoryMiB(): number {
    return Math.max(this.backup.peakMemoryMiB, this.restoration.peakMemoryMiB);
  }

  async stop(): Promise<void> {
    await Promise.all([this.backup.stop(), this.restoration.stop()]);
    await this.bus.close();
    await this.nats.stop();
  }

  private async event(wanted: string, operationId: string, other?: string, phase?: string): Promise<BackupEvent> {
    const found = await eventually(
      () => {
        const own = this.events.filter((event) => event.operationId === operationId);
        const failure = own.find(({ name }) => name === 'backup-failed' || name === 'recovery-failed');
        if (failure !== undefined) return failure;
        return own.find(
          (event) => (event.name === wanted || event.name === other) && (phase === undefined || event.phase === phase),
        );
      },
      { timeoutMs: operationTimeoutMs, pauseMs: 5, what: `${wanted} of ${operationId}` },
    );
    if (!found.name.endsWith('-failed')) return found;
    throw new DrError('COMMAND_FAILED', `${operationId} failed: ${JSON.stringify(found.data)}`);
  }
}

/** The lab's estate, cut down to one database on one site and one store in a folder. */
function writeEstate({ postgres }: BenchCluster, folder: string): string {
  const { estate } = parseEstate(readFileSync(join(root, 'lab/estate.yaml'), 'utf8'));
  const database = estate?.databases[0];
  const [member] = database?.members ?? [];
  if (estate === undefined || database === undefined || member === undefined)
    throw new DrError('INTERNAL', 'the estate of the lab does not parse');
  const secret = (name: string, text: string): { file: string } => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    handOver(join(folder, name));
    return { file: name };
  };
  for (const name of ['store', 'services']) {
    mkdirSync(join(folder, name), { mode: 0o700 });
    handOver(join(folder, name));
  }
  const logins = {
    admin: { user: postgres.admin.user, password: secret('admin', postgres.admin.password) },
    replication: { user: postgres.replication.user, password: secret('replication', postgres.replication.password) },
  };
  const { dataDir: _dataDir, ...place } = member;
  const key = { id: 'bench', key: secret('key', randomBytes(32).toString('hex')) };
  const small = {
    estate: 'bench',
    databases: [
      {
        ...{ name: 'bench', kind: 'postgres', database: postgres.database, ...logins, links: [] },
        members: [{ ...place, port: postgres.port }],
        services: database.services,
      },
    ],
    caches: [],
    health: Object.assign(estate.health, { checks: [] }),
    failover: Object.assign(estate.failover, { smokeTests: [] }),
    repository: {
      stores: [{ name: 'local', role: 'primary', kind: 'file', path: 'store' }],
      encryption: { algorithm: 'aes-256-gcm', current: 'bench', keys: [key] },
    },
    backup: { spool: 'services/backup', walEvery: '1s', compression: { level: 3, workers: 2 } },
  } satisfies Partial<Record<keyof Estate, unknown>>;
  const file = join(folder, 'estate.json');
  writeFileSync(file, JSON.stringify(Object.assign(estate, small)));
  chmodSync(file, 0o644);
  return file;
}

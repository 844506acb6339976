import { join } from 'node:path';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, Epochs, HeldWork, Leases } from '@novacron/bus';
import { durationMs } from '@novacron/contracts';
import { JsonLogger, LoadedEstate, ServiceConfig } from '@novacron/service';
import { BackupSources } from '../adapters/backup-sources.js';
import { BackupStores } from '../adapters/backup-stores.js';
import { CatalogReader } from '../catalog-reader.js';
import { ArchiveAlarms } from './archive-alarms.js';
import { ArchiveBell } from './archive-bell.js';
import { DatabaseArchiver } from './database-archiver.js';
import { RecoveryPoints } from './recovery-points.js';
import { WalSpool } from './wal-spool.js';

/** One process archives; another takes over within seconds. */
export const archiverLease = 'backup.wal-archiver';
const leaseTtlMs = 3_000;

/** Archives the WAL of every database of the estate from the start of the service on, while it holds the lease. */
@Injectable()
export class WalArchiver implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly archiving: HeldWork;
  private readonly points: RecoveryPoints;

  constructor(
    private readonly bus: Bus,
    leases: Leases,
    private readonly epochs: Epochs,
    private readonly sources: BackupSources,
    private readonly stores: BackupStores,
    catalog: CatalogReader,
    private readonly bell: ArchiveBell,
    private readonly loaded: LoadedEstate,
    config: ServiceConfig,
    private readonly logger: JsonLogger,
  ) {
    this.points = new RecoveryPoints(bus, loaded.estate, catalog);
    this.archiving = new HeldWork({
      ...{ leases, logger, name: archiverLease, holder: config.serviceInstance, ttlMs: leaseTtlMs },
      work: async (_lease, signal) =>
        void (await Promise.all(this.archivers().map((archiver) => archiver.run(signal)))),
    });
  }

  onApplicationBootstrap(): void {
    this.archiving.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.archiving.stop();
  }

  private archivers(): DatabaseArchiver[] {
    const { sources, stores, epochs, logger, loaded, bell } = this;
    return sources.databases.map(
      (database) =>
        new DatabaseArchiver({
          ...{ database, stores, epochs, logger, bell },
          alarms: new ArchiveAlarms(database.settings.name, this.bus, logger),
          spool: new WalSpool(join(sources.spool, 'wal', database.settings.name)),
          everyMs: durationMs(loaded.estate.backup.walEvery ?? '1s'),
          onTurn: (archiver) => this.points.onTurn(archiver),
        }),
    );
  }
}

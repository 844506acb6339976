import { Module } from '@nestjs/common';
import { LoadedEstate, Secrets } from '@novacron/service';
import { BackupSources } from './adapters/backup-sources.js';
import { BackupStores } from './adapters/backup-stores.js';
import { ArchiveBell } from './archiving/archive-bell.js';
import { WalArchiver } from './archiving/wal-archiver.js';
import { BackupOperations } from './backup-operations.js';
import { BackupProgress } from './backup-progress.js';
import { BackupSchedules } from './backup-schedules.js';
import { BeginBackup } from './begin-backup.js';
import { CatalogReader } from './catalog-reader.js';
import { FullAfterPromotion } from './full-after-promotion.js';
import { BackupController } from './handlers/backup.controller.js';
import { PromotionsController } from './handlers/promotions.controller.js';
import { Housekeeping } from './upkeep/housekeeping.js';
import { BeginDrill } from './restore-drill/begin-drill.js';
import { BeginUpkeep } from './upkeep/begin-upkeep.js';

const contextOf = (loaded: LoadedEstate, secrets: Secrets) => ({
  folder: loaded.folder,
  secret: secrets.read.bind(secrets),
});

@Module({
  controllers: [BackupController, PromotionsController],
  providers: [
    {
      provide: BackupSources,
      inject: [LoadedEstate, Secrets],
      useFactory: (loaded: LoadedEstate, secrets: Secrets) =>
        BackupSources.open(loaded.estate, contextOf(loaded, secrets)),
    },
    {
      provide: BackupStores,
      inject: [LoadedEstate, Secrets],
      useFactory: (loaded: LoadedEstate, secrets: Secrets) =>
        BackupStores.open(loaded.estate, contextOf(loaded, secrets)),
    },
    ArchiveBell,
    BackupOperations,
    BackupProgress,
    BackupSchedules,
    BeginBackup,
    BeginDrill,
    BeginUpkeep,
    CatalogReader,
    FullAfterPromotion,
    Housekeeping,
    WalArchiver,
  ],
})
export class AppModule {}

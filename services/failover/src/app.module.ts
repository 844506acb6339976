import { Module } from '@nestjs/common';
import { LoadedEstate, Secrets } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { PauseStore } from './adapters/pause-store.js';
import { HealthLook } from './adapters/health-look.js';
import { LossEstimates } from './adapters/loss-estimates.js';
import { ReplicationMemory } from './adapters/replication-memory.js';
import { StateStore } from './adapters/state-store.js';
import { WriteLeases } from './adapters/write-leases.js';
import { Assessment } from './assessment/assessment.js';
import { ConcernBook } from './assessment/concern-book.js';
import { GatherEvidence } from './assessment/gather-evidence.js';
import { Reassessment } from './assessment/reassessment.js';
import { EpochKeeper } from './epoch-keeper.js';
import { FailoverOperations } from './failover-operations.js';
import { FirstEpoch } from './first-epoch.js';
import { FailoverController } from './handlers/failover.controller.js';
import { FailoverReportController } from './handlers/failover-report.controller.js';
import { HealthEventsController } from './handlers/health-events.controller.js';
import { ManualStart } from './manual-start.js';
import { Pauses } from './pauses.js';
import { ReplicationWatch } from './replication/replication-watch.js';
import { Skips } from './skips.js';

@Module({
  controllers: [HealthEventsController, FailoverController, FailoverReportController],
  providers: [
    {
      provide: FailoverTargets,
      inject: [LoadedEstate, Secrets],
      useFactory: (loaded: LoadedEstate, secrets: Secrets) =>
        FailoverTargets.open(loaded.estate, { folder: loaded.folder, secret: (reference) => secrets.read(reference) }),
    },
    Assessment,
    ConcernBook,
    EpochKeeper,
    FailoverOperations,
    FirstEpoch,
    GatherEvidence,
    HealthLook,
    LossEstimates,
    ManualStart,
    Pauses,
    PauseStore,
    Reassessment,
    ReplicationMemory,
    ReplicationWatch,
    Skips,
    StateStore,
    WriteLeases,
  ],
})
export class AppModule {}

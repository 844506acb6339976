import { Module } from '@nestjs/common';
import { LoadedEstate, Secrets } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { PauseStore } from './adapters/pause-store.js';
import { Assessment } from './assessment.js';
import { FailoverOperations } from './failover-operations.js';
import { FirstEpoch } from './first-epoch.js';
import { FailoverController } from './handlers/failover.controller.js';
import { HealthEventsController } from './handlers/health-events.controller.js';
import { ManualStart } from './manual-start.js';

@Module({
  controllers: [HealthEventsController, FailoverController],
  providers: [
    {
      provide: FailoverTargets,
      inject: [LoadedEstate, Secrets],
      useFactory: (loaded: LoadedEstate, secrets: Secrets) =>
        FailoverTargets.open(loaded.estate, { folder: loaded.folder, secret: (reference) => secrets.read(reference) }),
    },
    Assessment,
    FailoverOperations,
    FirstEpoch,
    ManualStart,
    PauseStore,
  ],
})
export class AppModule {}

import { Module } from '@nestjs/common';
import type { EstateContext } from '@novacron/drivers';
import { LoadedEstate, Secrets } from '@novacron/service';
import { RestorationTargets } from './adapters/restoration-targets.js';
import { RestoreRoom } from './adapters/restore-room.js';
import { RestoreSources } from './adapters/restore-sources.js';
import { RestorationController } from './handlers/restoration.controller.js';
import { RestorationOperations } from './restoration-operations.js';
import { RestorationRequest } from './restoration-request.js';
import { RestoreRequest } from './restore-request.js';

const contextOf = (loaded: LoadedEstate, secrets: Secrets): EstateContext => ({
  folder: loaded.folder,
  secret: (reference) => secrets.read(reference),
});

@Module({
  controllers: [RestorationController],
  providers: [
    {
      provide: RestorationTargets,
      inject: [LoadedEstate, Secrets],
      useFactory: (loaded: LoadedEstate, secrets: Secrets) =>
        RestorationTargets.open(loaded.estate, contextOf(loaded, secrets)),
    },
    {
      provide: RestoreSources,
      inject: [LoadedEstate, Secrets],
      useFactory: (loaded: LoadedEstate, secrets: Secrets) =>
        RestoreSources.open(loaded.estate, contextOf(loaded, secrets)),
    },
    RestorationOperations,
    RestorationRequest,
    RestoreRequest,
    RestoreRoom,
  ],
})
export class AppModule {}

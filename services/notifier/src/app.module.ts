import { Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { CountedEvents } from './handlers/counted-events.controller.js';
import { NotifierRequests } from './handlers/notifier-requests.controller.js';
import { ProviderCallbacks } from './handlers/provider-callbacks.controller.js';
import { TellingEvents } from './handlers/telling-events.controller.js';
import { Notifier } from './notifier.js';
import { NotifierMetrics } from './notifier-metrics.js';
import { StatusPageController } from './status-page/status-page.controller.js';

@Module({
  controllers: [TellingEvents, CountedEvents, NotifierRequests, ProviderCallbacks, StatusPageController],
  providers: [Clock, Notifier, NotifierMetrics],
})
export class AppModule {}

import { Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { CountedEvents } from './handlers/counted-events.controller.js';
import { NotifierRequests } from './handlers/notifier-requests.controller.js';
import { ProviderCallbacks } from './handlers/provider-callbacks.controller.js';
import { TellingEvents } from './handlers/telling-events.controller.js';
import { Notifier } from './notifier.js';
import { NotifierMetrics } from './notifier-metrics.js';
import { StatusPageController } from './status-page/status-page.controller.js';

/** What the notifier is made of, whatever clock it goes by. */
export const notifierParts = {
  controllers: [TellingEvents, CountedEvents, NotifierRequests, ProviderCallbacks, StatusPageController],
  providers: [Notifier, NotifierMetrics],
};

@Module({ ...notifierParts, providers: [Clock, ...notifierParts.providers] })
export class AppModule {}

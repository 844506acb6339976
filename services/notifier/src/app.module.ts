import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { Clock } from './clock.js';
import { Acknowledgements } from './handlers/callbacks/acknowledgements.js';
import { CallbackSecrets } from './handlers/callbacks/callback-secrets.js';
import { PagerDutyCallbacks } from './handlers/callbacks/pagerduty-callbacks.controller.js';
import { SlackCallbacks } from './handlers/callbacks/slack-callbacks.controller.js';
import { TwilioCallbacks } from './handlers/callbacks/twilio-callbacks.controller.js';
import { CountedEvents } from './handlers/counted-events.controller.js';
import { NotifierRequests } from './handlers/notifier-requests.controller.js';
import { StatusPageRequests } from './handlers/status-page-requests.controller.js';
import { SubscriptionsController } from './handlers/subscriptions.controller.js';
import { TellingEvents } from './handlers/telling-events.controller.js';
import { Notifier } from './notifier.js';
import { NotifierMetrics } from './notifier-metrics.js';
import { StatusPageMiddleware } from './status-page/serving/status-page.middleware.js';
import { StatusPageMetrics } from './status-page/status-page-metrics.js';

/** What the notifier is made of, whatever clock it goes by. */
export const notifierParts = {
  controllers: [
    TellingEvents,
    CountedEvents,
    NotifierRequests,
    PagerDutyCallbacks,
    SlackCallbacks,
    TwilioCallbacks,
    StatusPageRequests,
    SubscriptionsController,
  ],
  providers: [Notifier, NotifierMetrics, StatusPageMetrics, Acknowledgements, CallbackSecrets],
};

@Module({ ...notifierParts, providers: [Clock, ...notifierParts.providers] })
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(StatusPageMiddleware).forRoutes('{*path}');
  }
}

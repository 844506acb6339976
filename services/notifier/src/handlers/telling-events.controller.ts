import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import {
  type Delivered,
  FailoverCompleted,
  FailoverDecided,
  FailoverFailed,
  FailoverRolledBack,
  FailoverStepDone,
  HealthDegraded,
  HealthRecovered,
  RestorationCompleted,
  RestorationFailed,
  RestorationPhaseDone,
  RestorationPlanned,
  SiteLost,
} from '@novacron/contracts';
import { Notifier } from '../notifier.js';
import { NotifierMetrics } from '../notifier-metrics.js';

/** How long one attempt may wait for the history; shorter than the consumer's patience. */
const patienceMs = 8_000;

/**
 * The events that change what people are told. They are taken by the history, in the order of the stream; a handler
 * acknowledges its event once the history has passed it, that is, once what it made due stands in the ledger.
 */
@Controller()
export class TellingEvents {
  constructor(
    private readonly notifier: Notifier,
    private readonly metrics: NotifierMetrics,
  ) {}

  @EventPattern(HealthDegraded)
  healthDegraded(event: Delivered<HealthDegraded>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(HealthRecovered)
  healthRecovered(event: Delivered<HealthRecovered>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(SiteLost)
  siteLost(event: Delivered<SiteLost>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(FailoverDecided)
  failoverDecided(event: Delivered<FailoverDecided>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(FailoverStepDone)
  failoverStepDone(event: Delivered<FailoverStepDone>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(FailoverCompleted)
  failoverCompleted(event: Delivered<FailoverCompleted>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(FailoverFailed)
  failoverFailed(event: Delivered<FailoverFailed>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(FailoverRolledBack)
  failoverRolledBack(event: Delivered<FailoverRolledBack>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(RestorationPlanned)
  restorationPlanned(event: Delivered<RestorationPlanned>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(RestorationPhaseDone)
  restorationPhaseDone(event: Delivered<RestorationPhaseDone>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(RestorationCompleted)
  restorationCompleted(event: Delivered<RestorationCompleted>): Promise<void> {
    return this.taken(event);
  }

  @EventPattern(RestorationFailed)
  restorationFailed(event: Delivered<RestorationFailed>): Promise<void> {
    return this.taken(event);
  }

  private async taken(event: Delivered): Promise<void> {
    await this.notifier.parts.history.reached(event.sequence, patienceMs);
    this.metrics.events.inc({ event: event.data.constructor.name });
  }
}

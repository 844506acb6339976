import {
  type Delivered,
  type Estate,
  FailoverCompleted,
  FailoverDecided,
  FailoverFailed,
  FailoverRolledBack,
  FailoverStepDone,
  HealthDegraded,
  HealthRecovered,
  type Message,
  type MessageClass,
  NotificationTimerFired,
  RestorationCompleted,
  RestorationFailed,
  RestorationPhaseDone,
  RestorationPlanned,
  SiteLost,
} from '@novacron/contracts';
import {
  failoverCompleted,
  failoverDecided,
  failoverFailed,
  failoverRolledBack,
  failoverStepDone,
} from './folds/failover.js';
import { healthDegraded, healthRecovered, siteLost, timerFired } from './folds/health.js';
import {
  restorationCompleted,
  restorationFailed,
  restorationPhaseDone,
  restorationPlanned,
} from './folds/restoration.js';
import type { Fold, Folded, IncidentBook } from './incident-book.js';

const folds = new Map<unknown, Fold<Message>>();

function on<T extends Message>(type: MessageClass<T>, fold: Fold<T>): void {
  // Each fold is only ever given events of the class it is registered for.
  folds.set(type, fold as unknown as Fold<Message>);
}

on(SiteLost, siteLost);
on(HealthDegraded, healthDegraded);
on(HealthRecovered, healthRecovered);
on(NotificationTimerFired, timerFired);
on(FailoverDecided, failoverDecided);
on(FailoverStepDone, failoverStepDone);
on(FailoverCompleted, failoverCompleted);
on(FailoverFailed, failoverFailed);
on(FailoverRolledBack, failoverRolledBack);
on(RestorationPlanned, restorationPlanned);
on(RestorationPhaseDone, restorationPhaseDone);
on(RestorationCompleted, restorationCompleted);
on(RestorationFailed, restorationFailed);

/** The event classes that change what we tell people. */
export const tellingEvents: readonly MessageClass[] = [...folds.keys()] as MessageClass[];

/** What one more event makes of the book, and the message it makes due; an event of another kind changes nothing. */
export function applyEvent(book: IncidentBook, event: Delivered, estate: Estate): Folded {
  return folds.get(event.data.constructor)?.(book, event, estate) ?? { book };
}

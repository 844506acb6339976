import {
  type Delivered,
  type Estate,
  NotificationAcknowledged,
  NotificationApproved,
  NotificationRequested,
  NotificationsSilenced,
  NotificationTimerFired,
  UpdateOverdue,
} from '@novacron/contracts';
import type { IncidentBook, Notice } from '../incident-book.js';
import { duty, dutyEvents } from './duties.js';
import type { FrozenPlan } from './frozen-plan.js';
import { acknowledge, approve, overdue, requested, silence } from './human-turns.js';
import { notice as tellNotice, opened } from './notice-turns.js';
import type { Talk } from './talk.js';
import { fired } from './timer-turns.js';
import { type Said, Turn } from './turn.js';

/** The events that change who is told what, beside those that change an incident. */
export const conversationEvents = [
  NotificationAcknowledged,
  NotificationApproved,
  NotificationRequested,
  NotificationsSilenced,
  UpdateOverdue,
  ...dutyEvents,
] as const;

export interface TalkInput {
  readonly talk: Talk;
  /** After the event. */
  readonly book: IncidentBook;
  readonly event: Delivered;
  /** What the event makes due in its incident. */
  readonly notice?: Notice;
  /** The plan of the incident that the event opened. */
  readonly plan?: FrozenPlan;
  readonly estate: Estate;
}

/**
 * What one more event makes of who was told what, and what must be said now. A function of the events alone: every process, and
 * every restart, comes to the same messages with the same names.
 */
export function nextTalk(input: TalkInput): Said {
  const turn = new Turn(input);
  const { event, notice, plan } = input;
  const { data } = event;
  if (notice !== undefined) {
    if (plan !== undefined) opened(turn, notice, plan);
    tellNotice(turn, notice);
  }
  if (data instanceof NotificationTimerFired) fired(turn, data);
  else if (data instanceof NotificationAcknowledged) acknowledge(turn, data);
  else if (data instanceof NotificationApproved) approve(turn, data);
  else if (data instanceof NotificationsSilenced) silence(turn, data);
  else if (data instanceof NotificationRequested) requested(turn, data);
  else if (data instanceof UpdateOverdue) overdue(turn, data);
  else duty(turn);
  return turn.said();
}

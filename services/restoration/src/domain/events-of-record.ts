import type { Message } from '@novacron/contracts';
import type { JournalRecord, OperationState } from '@novacron/operations';
import { isRestore } from './operation-kinds.js';
import { restorationEvents } from './restoration-events.js';
import { restoreEvents } from './restore-events.js';

/** An event to publish for a journal record, under an id that is the same however often the record is told. */
export interface RecordEvent {
  readonly event: Message;
  readonly id: string;
}

export interface PhasePlan {
  readonly phase: string;
  readonly plannedMs: number;
}

/** What the bus is told of an operation: that it began, each phase that is done, and how it ended. */
export function eventsOf(record: JournalRecord, state: OperationState, plan: readonly PhasePlan[]): RecordEvent[] {
  return isRestore(state.runbook) ? restoreEvents(record, state) : restorationEvents(record, state, plan);
}

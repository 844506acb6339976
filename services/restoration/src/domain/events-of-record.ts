import type { JournalRecord, OperationState } from '@novacron/operations';
import { isRestore } from './operation-kinds.js';
import type { PhasePlan, RecordEvent } from './record-event.js';
import { restorationEvents } from './restoration-events.js';
import { restoreEvents } from './restore-events.js';

/** What the bus is told of an operation: that it began, each phase that is done, and how it ended. */
export function eventsOf(record: JournalRecord, state: OperationState, plan: readonly PhasePlan[]): RecordEvent[] {
  return isRestore(state.runbook) ? restoreEvents(record, state) : restorationEvents(record, state, plan);
}

import type { Message } from '@novacron/contracts';

/** An event to publish for a journal record, under an id that is the same however often the record is told. */
export interface RecordEvent {
  readonly event: Message;
  readonly id: string;
}

export interface PhasePlan {
  readonly phase: string;
  readonly plannedMs: number;
}

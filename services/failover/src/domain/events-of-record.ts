import {
  FailoverCompleted,
  FailoverFailed,
  FailoverRolledBack,
  FailoverStepDone,
  type FenceLevel,
  type Message,
} from '@novacron/contracts';
import { type JournalRecord, type OperationState, resultsOf } from '@novacron/operations';
import type { FailoverParams } from '../steps/failover-params.js';

/** An event to publish for a journal record, under an id that is the same however often the record is told. */
export interface RecordEvent {
  readonly event: Message;
  readonly id: string;
}

/** What the bus is told of an operation: each step that is done, and how it ended. */
export function eventsOf(record: JournalRecord, state: OperationState): RecordEvent[] {
  const { operationId } = record;
  const params = state.params as FailoverParams;
  if (record.kind === 'done') {
    const steps = state.nodes.flatMap((node) => (node.kind === 'steps' ? node.steps : []));
    const index = steps.findIndex((step) => step.name === record.step);
    const event = new FailoverStepDone({
      operationId,
      step: record.step,
      title: steps[index]?.title ?? record.step,
      index: index + 1,
      steps: steps.length,
      durationMs: Math.round(record.durationMs),
      attempt: record.attempt,
      ...(isPlainObject(record.result) ? { result: record.result } : {}),
    });
    return [{ event, id: `${operationId}:${record.step}:${record.attempt}` }];
  }
  if (record.kind === 'stopped') {
    const { error, needs, step = 'none' } = record;
    return [
      {
        event: new FailoverFailed({ operationId, step, reason: error.message, needs: [...needs] }),
        id: `${operationId}:stopped:${record.n}`,
      },
    ];
  }
  if (record.kind !== 'ended') return [];
  if (record.outcome === 'completed')
    return [{ event: completed(record, state, params), id: `${operationId}:completed` }];
  const undoneSteps = [...state.steps].flatMap(([name, step]) => (step.status === 'undone' ? [name] : []));
  const reason = record.reason ?? state.undoReason ?? 'aborted';
  return [{ event: new FailoverRolledBack({ operationId, reason, undoneSteps }), id: `${operationId}:rolled-back` }];
}

function completed(record: JournalRecord, state: OperationState, params: FailoverParams): FailoverCompleted {
  const results = resultsOf(state);
  const result = <T extends object>(step: string): Partial<T> => (results.get(step) ?? {}) as Partial<T>;
  const { epoch = params.epoch + 1 } = result<{ epoch: number }>('advance-epoch');
  const { timeline = 0, switchLsn = '' } = result<{ timeline: number; switchLsn: string }>('promote');
  const validatedAt = state.steps.get('validate')?.endedAt ?? record.at;
  return new FailoverCompleted({
    operationId: record.operationId,
    fromSite: params.from,
    toSite: params.to ?? result<{ site: string }>('choose-standby').site ?? 'unknown',
    mode: params.mode,
    epoch,
    // A planned move has stopped the old primary and read that back: nothing is surer.
    fenceLevel: params.mode === 'planned' ? 'L3' : (result<{ level: FenceLevel }>('confirm-fence').level ?? 'L4'),
    durationMs: Math.max(0, Date.parse(validatedAt) - Date.parse(params.decidedAt)),
    timeline,
    switchLsn,
    ...(result<{ keepsAcknowledgedCommits: boolean }>('choose-standby').keepsAcknowledgedCommits === true ||
    params.mode === 'planned'
      ? { lostBytes: 0 }
      : {}),
  });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

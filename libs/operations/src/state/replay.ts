import { DrError } from '@novacron/contracts';
import type { JournalRecord, RecordOf } from '../journal/record.js';
import type { ApprovalState, OperationState, StepState, WaitState } from './operation-state.js';

/**
 * The state that a journal, from its first record on, gives.
 * @throws DrError INTERNAL when the records cannot follow one another: such an operation must not be touched.
 */
export function replay(records: readonly JournalRecord[]): OperationState {
  const [first, ...rest] = records;
  if (first === undefined) throw new DrError('NOT_FOUND', 'an operation without a journal');
  return rest.reduce(reduce, begin(first));
}

/** The state after the first record. */
export function begin(record: JournalRecord): OperationState {
  if (record.kind !== 'started' || record.n !== 1) throw unsound(record, 'a journal begins with started');
  const shapes = record.nodes.flatMap((node) => (node.kind === 'steps' ? node.steps : []));
  return {
    operationId: record.operationId,
    service: record.service,
    runbook: record.runbook,
    version: record.version,
    nodes: record.nodes,
    params: record.params,
    correlationId: record.correlationId,
    ...(record.causationId === undefined ? {} : { causationId: record.causationId }),
    ...(record.exclusive === undefined ? {} : { exclusive: record.exclusive }),
    ...(record.traceparent === undefined ? {} : { traceparent: record.traceparent }),
    ...(record.tracestate === undefined ? {} : { tracestate: record.tracestate }),
    startedAt: record.at,
    updatedAt: record.at,
    n: 1,
    told: 0,
    token: 0,
    workers: [],
    phase: 'forward',
    steps: new Map(
      shapes.map((shape) => [
        shape.name,
        { shape, status: 'pending', attempt: 0, failures: 0, undoAttempt: 0, undoFailures: 0 },
      ]),
    ),
    gates: new Map(),
    settled: false,
  };
}

/** What workers write that die one after the other in the same step. */
const withoutOutcome: readonly string[] = ['claimed', 'intent', 'undo-intent'];

/** The state after one more record. */
export function reduce(before: OperationState, record: JournalRecord): OperationState {
  if (record.n !== before.n + 1) throw unsound(record, `record ${before.n + 1} is missing`);
  if (before.phase === 'ended' && record.kind !== 'settled' && record.kind !== 'claimed') {
    throw unsound(record, 'the operation has ended');
  }
  const state: OperationState = {
    ...before,
    n: record.n,
    updatedAt: record.at,
    told: Math.max(before.told, record.told ?? 0),
    workers: withoutOutcome.includes(record.kind) ? before.workers : [],
    settled: false,
  };
  switch (record.kind) {
    case 'started':
      throw unsound(record, 'an operation starts once');
    case 'claimed':
      if (record.token <= before.token) throw unsound(record, 'a fencing token must grow');
      return { ...state, token: record.token, workers: workersWith(state, record) };
    case 'intent':
    case 'done':
    case 'failed':
      return forward(state, record);
    case 'undo-intent':
    case 'undone':
    case 'undo-failed':
      return back(state, record);
    case 'approval-requested':
    case 'approved':
    case 'skipped':
    case 'expired':
    case 'waiting':
    case 'waited':
      return { ...state, gates: new Map(state.gates).set(record.node, gate(state, record)) };
    case 'abort-requested': {
      const abort = { by: record.by, reason: record.reason };
      const resumed = state.phase === 'stopped' ? retried(state) : state;
      return { ...resumed, abort };
    }
    case 'paused': {
      const until = record.until === undefined ? {} : { until: record.until };
      return { ...state, paused: { by: record.by, reason: record.reason, ...until } };
    }
    case 'resumed': {
      const { paused: _paused, ...rest } = state;
      return state.phase === 'stopped' ? retried(skipped(rest, record)) : rest;
    }
    case 'undoing':
      return { ...state, phase: 'undoing', undoReason: record.reason };
    case 'ended':
      return {
        ...state,
        phase: 'ended',
        end: { outcome: record.outcome, ...(record.reason === undefined ? {} : { reason: record.reason }) },
      };
    case 'stopped': {
      if (state.phase === 'stopped') throw unsound(record, 'the operation has stopped already');
      const step = record.step === undefined ? {} : { step: record.step };
      return {
        ...state,
        phase: 'stopped',
        stoppedFrom: state.phase === 'undoing' ? 'undoing' : 'forward',
        stop: { error: record.error, needs: record.needs, ...step },
      };
    }
    case 'settled':
      return { ...state, settled: true };
  }
}

function forward(state: OperationState, record: RecordOf<'intent' | 'done' | 'failed'>): OperationState {
  if (record.kind === 'intent') {
    return record.steps.reduce((now, each, place) => {
      const step = stepOf(now, record, each.name);
      if (step.status === 'done' || each.attempt <= step.attempt) throw unsound(record, 'an intent out of order');
      const { retryAt: _retryAt, effect: _effect, ...rest } = step;
      return withStep(now, {
        ...rest,
        status: 'open',
        attempt: each.attempt,
        ...(step.order === undefined
          ? { order: record.n + place / 1000, captured: each.captured, startedAt: record.at }
          : {}),
      });
    }, state);
  }
  const step = stepOf(state, record, record.step);
  if (record.kind === 'done') {
    if (step.status !== 'open') throw unsound(record, 'done without an open intent');
    const { error: _error, ...rest } = step;
    return withStep(state, {
      ...rest,
      status: 'done',
      result: record.result,
      endedAt: record.at,
      durationMs: record.durationMs,
    });
  }
  return withStep(state, {
    ...step,
    status: record.retryAt === undefined ? 'failed' : 'retry',
    failures: step.failures + 1,
    error: record.error,
    endedAt: record.at,
    ...(record.retryAt === undefined ? {} : { retryAt: record.retryAt }),
    ...(record.effect === undefined ? {} : { effect: record.effect }),
  });
}

function back(state: OperationState, record: RecordOf<'undo-intent' | 'undone' | 'undo-failed'>): OperationState {
  if (state.phase !== 'undoing') throw unsound(record, 'an undo of an operation that goes forward');
  const step = stepOf(state, record, record.step);
  if (record.kind === 'undo-intent') {
    return withStep(state, { ...step, status: 'undo-open', undoAttempt: record.attempt });
  }
  if (step.status !== 'undo-open') throw unsound(record, 'the outcome of an undo that was not begun');
  if (record.kind === 'undone') return withStep(state, { ...step, status: 'undone', endedAt: record.at });
  return withStep(state, {
    ...step,
    status: record.retryAt === undefined ? 'undo-failed' : 'undo-retry',
    undoFailures: step.undoFailures + 1,
    error: record.error,
    ...(record.retryAt === undefined ? {} : { retryAt: record.retryAt }),
  });
}

function gate(
  state: OperationState,
  record: RecordOf<'approval-requested' | 'approved' | 'skipped' | 'expired' | 'waiting' | 'waited'>,
): ApprovalState | WaitState {
  const before = state.gates.get(record.node);
  const approval = before?.kind === 'approval' ? before : undefined;
  switch (record.kind) {
    case 'approval-requested': {
      const { reason, expiresAt, approvals, notBy = [] } = record;
      return { kind: 'approval', status: 'asked', reason, expiresAt, approvals, approvedBy: [], notBy };
    }
    case 'skipped':
      return {
        ...{ kind: 'approval', status: 'skipped', reason: '', expiresAt: record.at },
        ...{ approvals: 0, approvedBy: [], notBy: [] },
      };
    case 'approved': {
      if (approval?.status !== 'asked') throw unsound(record, 'nobody was asked');
      const approvedBy = [...approval.approvedBy, record.by];
      return { ...approval, approvedBy, status: approvedBy.length >= approval.approvals ? 'approved' : 'asked' };
    }
    case 'expired':
      if (approval === undefined) throw unsound(record, 'nobody was asked');
      return { ...approval, status: 'expired', error: record.error };
    case 'waiting':
      return { kind: 'wait', status: 'waiting', since: record.at, until: record.until };
    case 'waited':
      if (before?.kind !== 'wait') throw unsound(record, 'a wait that never began');
      return { ...before, status: 'waited' };
  }
}

/** Whoever claims an operation with an open step finds that the one before has not lived to see its outcome. */
function workersWith(state: OperationState, record: RecordOf<'claimed'>): readonly string[] {
  const open = [...state.steps.values()].some(({ status }) => status === 'open' || status === 'undo-open');
  return !open || state.workers.includes(record.by) ? state.workers : [...state.workers, record.by];
}

/** After a stop: what had failed gets its attempts again, an expired approval is asked for again. */
function retried(state: OperationState): OperationState {
  const { stop: _stop, stoppedFrom, ...rest } = state;
  const steps = new Map(
    [...state.steps].map(([name, step]): [string, StepState] => {
      const again = { failures: 0, undoFailures: 0, retryAt: state.updatedAt };
      if (step.status === 'failed') return [name, { ...step, ...again, status: 'retry' }];
      if (step.status === 'undo-failed') return [name, { ...step, ...again, status: 'undo-retry' }];
      return [name, step];
    }),
  );
  const expired = ([, each]: [string, ApprovalState | WaitState]): boolean => each.status !== 'expired';
  return { ...rest, phase: stoppedFrom ?? 'forward', steps, gates: new Map([...state.gates].filter(expired)) };
}

function skipped(state: OperationState, record: RecordOf<'resumed'>): OperationState {
  if (record.skip === undefined) return state;
  const step = stepOf(state, record, record.skip);
  if (step.status !== 'failed') throw unsound(record, 'only what has failed is gone on without');
  const { error: _error, ...rest } = step;
  const { by, reason = '' } = record;
  return withStep(state, { ...rest, status: 'done', skipped: { by, reason }, endedAt: record.at });
}

function stepOf(state: OperationState, record: JournalRecord, name: string): StepState {
  const step = state.steps.get(name);
  if (step === undefined) throw unsound(record, `the runbook has no step ${name}`);
  return step;
}

function withStep(state: OperationState, step: StepState): OperationState {
  return { ...state, steps: new Map(state.steps).set(step.shape.name, step) };
}

function unsound(record: JournalRecord, problem: string): DrError {
  return new DrError('INTERNAL', `the journal of ${record.operationId} cannot be replayed: ${problem}`, {
    retryable: false,
    details: [{ path: `record ${record.n} (${record.kind})`, problem }],
  });
}

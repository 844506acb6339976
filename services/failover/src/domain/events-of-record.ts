import {
  DecisionEvidence,
  FailoverApprovalRequested,
  FailoverCompleted,
  FailoverDecided,
  FailoverFailed,
  FailoverStepDone,
  FailoverStepSkipped,
  type FenceLevel,
  type Message,
} from '@novacron/contracts';
import { type JournalRecord, natsCommands, type OperationState, type RecordOf, resultsOf } from '@novacron/operations';
import type { FailoverParams } from '../steps/failover-params.js';
import { runbookOf } from './move-runbooks.js';
import { recoveryTime } from './recovery-time.js';
import { rolledBack } from './rolled-back.js';
import type { Loss } from './replication/wal-samples.js';

/** An event to publish for a journal record, under an id that is the same however often the record is told. */
export interface RecordEvent {
  readonly event: Message;
  readonly id: string;
}

/** What the bus is told of an operation that moves service: what it asks, each step that is done, and how it ended. */
export function eventsOf(record: JournalRecord, state: OperationState, estate: string): RecordEvent[] {
  const { operationId } = record;
  const moves: readonly string[] = Object.values(runbookOf);
  if (!moves.includes(record.runbook)) return [];
  const params = state.params as FailoverParams;
  if (record.kind === 'approval-requested') return [asked(record, params, estate)];
  if (record.kind === 'approved') return agreed(record, state, params);
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
  if (record.kind === 'resumed' && record.skip !== undefined) {
    const { skip: step, by, reason = '' } = record;
    const title = state.steps.get(step)?.shape.title ?? step;
    const event = new FailoverStepSkipped({ operationId, step, title, by: by.slice(0, 200), reason });
    return [{ event, id: `${operationId}:${step}:skipped` }];
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
  return [{ event: rolledBack(record, state, params, estate), id: `${operationId}:rolled-back` }];
}

function asked(record: RecordOf<'approval-requested'>, params: FailoverParams, estate: string): RecordEvent {
  const { operationId, reason, expiresAt, approvals } = record;
  const { estimatedLoss: loss, verdict } = params;
  const target = params.to ?? verdict?.targetSite;
  const commands = natsCommands(estate, 'failover');
  const event = new FailoverApprovalRequested({
    ...{ operationId, reason, expiresAt, approvalsNeeded: approvals, site: params.from },
    commands: [commands.approve(operationId), commands.abort(operationId)],
    ...(target === undefined ? {} : { targetSite: target }),
    ...(loss === undefined ? {} : { estimatedLossMs: loss.ms, estimatedLostBytes: loss.bytes }),
    ...(loss?.rows === undefined ? {} : { estimatedLostRows: loss.rows }),
  });
  return { event, id: `${operationId}:approval-requested:${record.n}` };
}

/** The last yes turns a question into a decision. */
function agreed(record: RecordOf<'approved'>, state: OperationState, params: FailoverParams): RecordEvent[] {
  const gate = state.gates.get(record.node);
  if (gate?.kind !== 'approval' || gate.approvedBy.at(-1) !== record.by || gate.status !== 'approved') return [];
  const { operationId, at, by, comment } = record;
  const { verdict, from, to } = params;
  const target = to ?? verdict?.targetSite;
  const yes = `${by} approved${comment === undefined ? '' : `: ${comment}`}`.slice(0, 200);
  const event = new FailoverDecided({
    ...{ site: from, shouldFailover: true, action: 'act', code: 'approved', operationId },
    reason: `${gate.reason} Approved by ${gate.approvedBy.join(' and ')}`,
    confidence: verdict?.confidence ?? 1,
    services: verdict?.tiers.flatMap((tier) => tier.services) ?? [],
    tiers: [...(verdict?.tiers ?? [])],
    evidence: [Object.assign(new DecisionEvidence(), { fact: yes, source: by.slice(0, 200), observedAt: at })],
    ...(verdict?.rule === undefined ? {} : { rule: verdict.rule }),
    ...(target === undefined ? {} : { targetSite: target }),
  });
  return [{ event, id: `${operationId}:approved` }];
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
    rto: recoveryTime(state, params),
    ...measuredLoss(params.mode === 'planned' ? nothing : result<Loss>('measure-loss')),
    ...estimatedLoss(params.estimatedLoss),
    ...skippedIn(state),
  });
}

function skippedIn({ steps }: OperationState): { skippedSteps?: string[] } {
  const skippedSteps = [...steps].flatMap(([name, { skipped }]) => (skipped === undefined ? [] : [name]));
  return skippedSteps.length === 0 ? {} : { skippedSteps };
}

const nothing: Loss = { ms: 0, bytes: 0, rows: 0 };

function measuredLoss({ ms, bytes, rows }: Partial<Loss>) {
  if (ms === undefined || bytes === undefined) return {};
  return { lossMs: ms, lostBytes: bytes, ...(rows === undefined ? {} : { lostRows: rows }) };
}

function estimatedLoss(loss: Loss | undefined) {
  if (loss === undefined) return {};
  const { ms, bytes, rows } = loss;
  return {
    ...{ estimatedLossMs: ms, estimatedLostBytes: bytes },
    ...(rows === undefined ? {} : { estimatedLostRows: rows }),
  };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { FenceLevel } from '@novacron/contracts';
import { type OperationState, resultsOf } from '@novacron/operations';
import type { FailoverParams } from '../../steps/failover-params.js';
import type { StepResults } from '../../steps/results.js';
import type { Loss } from '../replication/wal-samples.js';
import { recoveryTime } from '../recovery-time.js';
import { externalChanges } from './external-changes.js';
import { strictest, type TierObjective } from './tier-objectives.js';

/** What the engine says of an operation beside its journal. */
interface Seen {
  /** As `query.failover.status` says it: completed, rolled-back, failed, running … */
  readonly outcome: string;
  readonly reason?: string;
  readonly needs?: readonly string[];
}

/**
 * The outcome of one move of service: what was decided on which evidence, what was changed, how long it took and what was lost, each
 * beside what was promised and expected. It is made of the operation's journal alone, which is kept for ever, so that it says the
 * same whenever it is asked for. What is not known is the word `unknown`, never nothing.
 */
export function failoverReport(
  state: OperationState,
  { outcome, reason, needs }: Seen,
  objectives: readonly TierObjective[],
): Record<string, unknown> {
  const params = state.params as FailoverParams;
  const results = resultsOf(state);
  const result = <K extends keyof StepResults>(step: K) => results.get(step) as StepResults[K] | undefined;
  const { mode, from, verdict, synchronousStandbys } = params;
  const choice = result('choose-standby');
  const to = params.to ?? choice?.site ?? verdict?.targetSite;
  const tiers = verdict?.tiers.map(({ tier }) => tier);
  const promised = strictest(objectives, tiers);
  const epoch = result('advance-epoch')?.epoch;
  const fence = result('confirm-fence');
  return {
    ...{ operationId: state.operationId, outcome, reason, mode, fromSite: from, toSite: to },
    ...{ startedAt: state.startedAt, updatedAt: state.updatedAt, needs, estateHash: params.estateHash ?? 'unknown' },
    decision: {
      ...{ reason: params.reason, by: params.by ?? 'the failover service', decidedAt: params.decidedAt },
      ...{ confidence: verdict?.confidence, rule: verdict?.rule, tiers: verdict?.tiers },
      ...{ approvedBy: approvers(state), evidence: verdict?.evidence ?? [] },
      ...{ allowDataLoss: params.allowDataLoss, commitsWaitedFor: synchronousStandbys },
    },
    fence: {
      required: params.fenceRequired,
      reached: mode === 'planned' ? stopped(results) : (fence?.level ?? 'unknown'),
      unrouted: result('fence-route'),
      commits: result('fence-commits'),
      power: result('fence-power') ?? (fence === undefined ? undefined : { poweredOff: fence.poweredOff }),
    },
    choice: choice ?? (mode === 'planned' ? { handedOver: result('stop-old')?.tokens } : undefined),
    epoch: { from: params.epoch, to: epoch },
    promotion: result('promote'),
    rto: rtoOf(state, params, promised?.rtoMs, outcome),
    rpo: rpoOf(params, result('measure-loss'), outcome, promised?.rpoMs),
    proof: {
      target: results.get('prepare-target'),
      beforeTheFirstWrite: results.get('prove-target'),
      fromOutside: results.get('validate'),
      byVantages: results.get('hear-vantages'),
    },
    protection: {
      standbys: results.get('repoint-standbys'),
      baseBackup: outcome === 'completed' ? 'asked for by FailoverCompleted: see query.backup.list' : undefined,
    },
    changes: externalChanges(state, params, to ?? 'unknown'),
    steps: stepsOf(state),
  };
}

/** A planned move has stopped the old primary and read that back: nothing is surer. */
function stopped(results: ReadonlyMap<string, unknown>): FenceLevel | 'unknown' {
  return results.has('stop-old') ? 'L3' : 'unknown';
}

function approvers(state: OperationState): readonly string[] {
  return [...state.gates.values()].flatMap((gate) => (gate.kind === 'approval' ? gate.approvedBy : []));
}

function rtoOf(state: OperationState, params: FailoverParams, targetMs: number | undefined, outcome: string) {
  if (outcome !== 'completed') return { targetMs, measured: 'unknown' };
  const measured = recoveryTime(state, params);
  return { targetMs, measured, met: targetMs === undefined ? undefined : measured.totalMs <= targetMs };
}

function rpoOf(
  { mode, estimatedLoss }: FailoverParams,
  measured: StepResults['measure-loss'] | undefined,
  outcome: string,
  targetMs: number | undefined,
) {
  const none: Loss = { ms: 0, bytes: 0, rows: 0 };
  const estimated = estimatedLoss ?? (mode === 'planned' ? none : 'unknown');
  const handedOver = mode === 'planned' && outcome === 'completed';
  const found = measured === undefined || 'unknown' in measured ? undefined : measured;
  const loss = handedOver ? none : found;
  const met = loss === undefined || targetMs === undefined ? undefined : loss.ms <= targetMs && loss.openEnded !== true;
  return { targetMs, estimated, measured: loss ?? 'unknown', met };
}

function stepsOf(state: OperationState) {
  return state.nodes.flatMap((node) =>
    node.kind === 'steps'
      ? node.steps.flatMap(({ name, title }) => {
          const step = state.steps.get(name);
          if (step === undefined || step.order === undefined) return [];
          const { status, attempt, startedAt, endedAt, durationMs, error, skipped } = step;
          return [{ step: name, title, status, attempt, startedAt, endedAt, durationMs, error, skipped }];
        })
      : [],
  );
}

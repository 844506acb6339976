import type { OperationState, StepState } from '@novacron/operations';
import type { FailoverParams } from '../../steps/failover-params.js';
import { failoverReport } from './failover-report.js';
import { strictest, tierObjectives } from './tier-objectives.js';

const params: FailoverParams = {
  ...{ mode: 'unplanned', from: 'primary', reason: 'Complete primary site failure', allowDataLoss: false },
  ...{ fenceRequired: 'L1', epoch: 4, epochRevision: 9, decidedAt: '2026-01-01T00:00:02Z' },
  ...{ failingSince: '2026-01-01T00:00:00Z', detectedAt: '2026-01-01T00:00:01Z' },
  estimatedLoss: { ms: 2_000, bytes: 4_096, rows: 7 },
  verdict: { confidence: 0.95, rule: 'site-down', targetSite: 'dr', tiers: [{ tier: 2, name: 'b', services: ['x'] }] },
};
const objectives = tierObjectives({
  tiers: [
    { tier: 1, rpo: '0s', rto: '1s' },
    { tier: 2, rpo: '1m', rto: '5m' },
  ] as never,
});

/** A journal in which these steps left these results, one a second. */
function stateOf(results: Readonly<Record<string, unknown>>, status = 'done'): OperationState {
  const steps = Object.entries(results).map(([name, result], second): [string, StepState] => {
    const at = new Date(Date.parse('2026-01-01T00:00:02Z') + second * 1_000).toISOString();
    const shape = { name, title: `to ${name}`, attempts: 1, pointOfNoReturn: false, undoable: true };
    const counts = { attempt: 1, failures: 0, undoAttempt: 0, undoFailures: 0, order: second, durationMs: 10 };
    return [name, { shape, result, ...counts, startedAt: at, endedAt: at, status } as StepState];
  });
  return {
    ...{ operationId: 'failover-1', params, startedAt: params.decidedAt, updatedAt: params.decidedAt },
    ...{ steps: new Map(steps), gates: new Map() },
    nodes: steps.map(([name, { shape }]) => ({ kind: 'steps', name, steps: [shape] })),
  } as unknown as OperationState;
}

const results = {
  'fence-route': { backends: 1, changes: ['router: db/primary ready → maint, its sessions ended'] },
  'fence-commits': { cut: ['novacron dr'], commitsBlocked: true },
  'confirm-fence': { level: 'L2', poweredOff: false },
  'choose-standby': { site: 'dr', position: '0/9', keepsAcknowledgedCommits: false },
  'advance-epoch': { epoch: 5 },
  'measure-loss': { ms: 1_500, bytes: 1_024, rows: 3 },
  promote: {
    timeline: 3,
    switchLsn: '0/9',
    databases: { novacron: { timeline: 3, switchLsn: '0/9', previousTimeline: 2 } },
  },
  validate: { writable: ['dr'] },
};

describe('failoverReport', () => {
  it('holds what was measured against what was promised to the tiers that are reached, and expected', () => {
    const report = failoverReport(stateOf(results), { outcome: 'completed' }, objectives);

    expect(report).toMatchObject({
      ...{ outcome: 'completed', toSite: 'dr', epoch: { from: 4, to: 5 }, fence: { required: 'L1', reached: 'L2' } },
      rto: { targetMs: 300_000, measured: { totalMs: 9_000, detectMs: 1_000 }, met: true },
      rpo: { targetMs: 60_000, estimated: params.estimatedLoss, measured: { rows: 3 }, met: true },
      proof: { fromOutside: { writable: ['dr'] } },
    });
    expect((report['changes'] as { changes: string[] }[]).flatMap(({ changes }) => changes)).toEqual([
      'router: db/primary ready → maint, its sessions ended',
      'novacron dr: receives from primary → from nobody',
      'epoch 4 → 5, held by primary → dr',
      'novacron dr: standby on timeline 2 → primary on timeline 3',
    ]);
  });

  it.each([
    ['longer than was promised', { ms: 61_000, bytes: 1, rows: 1 }, { met: false }],
    ['not known how much more', { ms: 1, bytes: 1, rows: 1, openEnded: true }, { met: false }],
    ['not known at all', { unknown: true }, { measured: 'unknown', met: undefined }],
  ])('says of a loss that is %s just that', (_what, loss, rpo) => {
    const state = stateOf({ ...results, 'measure-loss': loss });
    expect(failoverReport(state, { outcome: 'completed' }, objectives)['rpo']).toMatchObject(rpo);
  });

  it('of what was taken back says so, claims no recovery time, and keeps every change', () => {
    const report = failoverReport(stateOf(results, 'undone'), { outcome: 'rolled-back', reason: 'x' }, objectives);

    expect(report).toMatchObject({ outcome: 'rolled-back', reason: 'x', rto: { measured: 'unknown' } });
    expect(report['rpo']).toMatchObject({ measured: 'unknown' });
    expect((report['changes'] as { status: string }[]).map(({ status }) => status)).toEqual(Array(4).fill('undone'));
  });

  it('knows the strictest promise of all tiers where nobody said which are reached', () => {
    expect(strictest(objectives)).toEqual({ rpoMs: 0, rtoMs: 1_000 });
    expect(strictest(objectives, [])).toBeUndefined();
  });
});

import type { OperationState, StepState } from '@novacron/operations';
import type { FailoverParams } from '../steps/failover-params.js';
import { recoveryTime } from './recovery-time.js';

const at = (second: number): string => new Date(second * 1_000).toISOString();
const shape = { title: '', attempts: 1, pointOfNoReturn: false, undoable: false };
const spans: Readonly<Record<string, readonly [from: number, to: number]>> = {
  fence: [60, 62],
  weigh: [62, 63],
  commit: [63, 64],
  promote: [64, 67],
  switch: [67, 71],
  validate: [71, 76],
  protect: [76, 99],
};
const steps = new Map<string, StepState>(
  Object.entries(spans).map(([name, [from, to]]) => [
    name,
    {
      ...{ shape: { name, ...shape }, status: 'done', attempt: 1, failures: 0, undoAttempt: 0, undoFailures: 0 },
      ...{ startedAt: at(from), endedAt: at(to) },
    },
  ]),
);
const state = {
  ...{ startedAt: at(20), updatedAt: at(99), steps },
  nodes: [...steps.values()].map(({ shape: each }) => ({ kind: 'steps', name: each.name, steps: [each] })),
} as unknown as OperationState;
const params = { mode: 'unplanned', decidedAt: at(19) } as FailoverParams;

describe('recoveryTime', () => {
  it('adds up from the first failure to the validation, with the wait for a human of its own', () => {
    const asked = { ...params, failingSince: at(0), detectedAt: at(7), approval: { reason: '', approvals: 1 } };

    expect(recoveryTime(state, asked)).toEqual({
      ...{ totalMs: 76_000, detectMs: 7_000, decideMs: 12_000, approveMs: 40_000 },
      ...{ fenceMs: 3_000, promoteMs: 4_000, routeMs: 4_000, validateMs: 5_000 },
    });
  });

  it('counts of what is switched during the promotion only what takes longer', () => {
    const [promote, switching] = [steps.get('promote'), steps.get('switch')];
    const times = { ...switching, startedAt: at(64), endedAt: at(69) } as StepState;
    const group = { kind: 'steps', name: 'switch', steps: [promote?.shape, switching?.shape] };
    const nodes = state.nodes.flatMap((node) =>
      node.name === 'promote' ? [] : [node.name === 'switch' ? group : node],
    );
    const overlapping = { ...state, nodes, steps: new Map([...steps, ['switch', times]]) } as unknown as OperationState;

    expect(recoveryTime(overlapping, { ...params, mode: 'planned' })).toMatchObject({
      promoteMs: 4_000,
      routeMs: 2_000,
    });
  });

  it('begins with the operation where nothing was lost', () => {
    expect(recoveryTime(state, { ...params, mode: 'planned' })).toMatchObject({
      ...{ totalMs: 56_000, detectMs: 0, decideMs: 0, approveMs: 0 },
    });
  });
});

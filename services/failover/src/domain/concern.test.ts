import type { OperationView } from '@novacron/operations';
import { afterOperation, awaitsApproval, type Concern, withSureness } from './concern.js';

const concern: Concern = {
  ...{ site: 'primary', epoch: 1, newsId: 'n', correlationId: 'c', told: '', verdicts: 1, attempts: 1 },
  ...{ detectedAt: '2026-01-01T00:00:00Z', failingSince: '2026-01-01T00:00:00Z', operationId: 'failover-1' },
};
const view = (change: Partial<OperationView>, gate?: string): OperationView => ({
  ...{ operationId: 'failover-1', service: 'failover', runbook: 'failover', version: '1', correlationId: 'c' },
  ...{ state: 'rolled-back', params: {}, startedAt: '', updatedAt: '', results: new Map(), percent: 0 },
  nodes:
    gate === undefined ? [] : [{ kind: 'approval', name: 'approve', steps: [], gate: { status: gate, until: '' } }],
  ...change,
});

const weighedShort: OperationView['nodes'][number] = {
  ...{ kind: 'steps', name: 'weigh' },
  steps: [
    {
      ...{ name: 'confirm-fence', title: 'weigh', status: 'failed', attempt: 1 },
      error: { ok: false, code: 'FENCE_INSUFFICIENT', message: 'L4', hint: '', retryable: false } as never,
    },
  ],
};

describe('afterOperation', () => {
  it.each<[string, OperationView, Partial<Concern>]>([
    [
      'a human said no',
      view({ state: 'aborted', aborted: { by: 'Bob', reason: 'wait' } }, 'asked'),
      { declined: { by: 'Bob', reason: 'wait' } },
    ],
    ['we took it back', view({ state: 'aborted', aborted: { by: 'failover', reason: 'it is back' } }), {}],
    ['it lost the race for its word', view({ state: 'aborted' }), {}],
    ['nobody answered in time', view({ reason: 'approve was not approved in time' }, 'expired'), {}],
    [
      'it was undone',
      view({ reason: 'fence L4' }, 'approved'),
      { undone: { operationId: 'failover-1', reason: 'fence L4', forWantOfFence: false } },
    ],
    [
      'it was undone for want of a fence, which is what a human is asked about then',
      view({ reason: 'fence L4', nodes: [weighedShort] }),
      { undone: { operationId: 'failover-1', reason: 'fence L4', forWantOfFence: true } },
    ],
    ['it waits', view({ state: 'waiting' }, 'asked'), { operationId: 'failover-1' }],
    [
      'it stopped for a human',
      view({ state: 'failed' }),
      { undone: { operationId: 'failover-1', reason: 'it has stopped for a human: no reason was given' } },
    ],
  ])('%s', (_title, ended, expected) => {
    const { operationId, declined, undone } = afterOperation(concern, ended);

    expect(JSON.parse(JSON.stringify({ operationId, declined, undone }))).toEqual(expected);
  });
});

describe('awaitsApproval', () => {
  it.each([
    ['asked', true],
    ['approved', false],
    ['expired', false],
    ['skipped', false],
    [undefined, false],
  ])('%s: %s', (gate, expected) => {
    expect(awaitsApproval(view({}, gate))).toBe(expected);
  });
});

describe('withSureness', () => {
  it('counts from the first moment, and anew after a break', () => {
    const sure = withSureness(concern, true, 10);

    expect(withSureness(sure, true, 20).sureSinceMs).toBe(10);
    expect(withSureness(withSureness(sure, false, 20), true, 30).sureSinceMs).toBe(30);
  });

  it('counts from now where the clock that said since when was ahead: the wait is not longer for it', () => {
    expect(withSureness(withSureness(concern, true, 900_000), true, 20).sureSinceMs).toBe(20);
  });
});

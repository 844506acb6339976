import { DrError } from '@novacron/contracts';
import type { NewRecord } from '../journal/record.js';
import type { Runbook } from '../steps/runbook.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';
import { placed, RecordedOperation, testTime } from '../testing/records.js';
import { type Action, nextActions } from './next-actions.js';
import { type OperationState, pastPointOfNoReturn } from './operation-state.js';
import { reduce } from './replay.js';

const ledger = new Ledger();
const runbook: Runbook = {
  name: 'move',
  version: '1',
  nodes: [
    ledgerStep(ledger, 'a', { attempts: 2 }),
    { name: 'group', parallel: [ledgerStep(ledger, 'b'), ledgerStep(ledger, 'c')] },
    { name: 'ask', approval: { title: '', expiresAfterMs: 1, approvals: 2, reason: () => '' } },
    ledgerStep(ledger, 'promote', { pointOfNoReturn: true }),
    { name: 'watch', title: '', waitFor: () => 1 },
    ledgerStep(ledger, 'z'),
  ],
};
const at = new Date(testTime).toISOString();
const error = new DrError('UNREACHABLE', 'gone').toReply();

/** Every way in which one action can turn out, each as the records it would leave. */
function outcomes(state: OperationState, action: Action): NewRecord[][] {
  switch (action.kind) {
    case 'intend': {
      const steps = action.steps.map((name) => ({ name, attempt: (state.steps.get(name)?.attempt ?? 0) + 1 }));
      return [[{ kind: 'intent', steps }]];
    }
    case 'attempt': {
      const { step } = action;
      const { attempt = 1, failures = 0, shape } = state.steps.get(step) ?? {};
      const fail = { kind: 'failed', step, attempt, error } as const;
      const again = failures + 1 < (shape?.attempts ?? 1);
      const last = shape?.pointOfNoReturn
        ? (['absent', 'unknown'] as const).map((effect) => [{ ...fail, effect }])
        : [[fail]];
      return [
        [{ kind: 'done', step, attempt, found: false, durationMs: 1 }],
        ...(again && state.abort === undefined ? [[{ ...fail, retryAt: at }]] : last),
        // A crash, and the worker after it finds the effect absent.
        ...(attempt < 2 ? [[{ kind: 'intent', steps: [{ name: step, attempt: attempt + 1 }] } as const]] : []),
      ];
    }
    case 'ask':
      return [
        [{ kind: 'approval-requested', node: action.node, reason: '', expiresAt: at, approvals: 2 }],
        [{ kind: 'skipped', node: action.node }],
      ];
    case 'expire':
      return [[{ kind: 'expired', node: action.node, error }], [{ kind: 'approved', node: action.node }]];
    case 'begin-wait':
      return [[{ kind: 'waiting', node: action.node, until: at }]];
    case 'end-wait':
      return [[{ kind: 'waited', node: action.node }]];
    case 'begin-undo':
      return [[{ kind: 'undoing', reason: action.reason }]];
    case 'intend-undo': {
      const attempt = (state.steps.get(action.step)?.undoAttempt ?? 0) + 1;
      return [[{ kind: 'undo-intent', step: action.step, attempt }]];
    }
    case 'undo': {
      const attempt = state.steps.get(action.step)?.undoAttempt ?? 1;
      return [
        [{ kind: 'undone', step: action.step, attempt, durationMs: 1 }],
        [{ kind: 'undo-failed', step: action.step, attempt, error }],
      ];
    }
    case 'end':
      return [[{ kind: 'ended', ...action.end }]];
    case 'stop':
      return [[{ kind: 'stopped', error: action.error, needs: ['help'] }]];
    case 'settle':
      return [[{ kind: 'settled', outcome: '', version: '1', durationsMs: {} }]];
    case 'sleep':
      return [];
  }
}

/** What a human may write at any time, as far as the engine lets it through. */
function humanRecords(state: OperationState): NewRecord[][] {
  if (state.phase === 'ended') return [];
  if (state.phase === 'stopped') {
    const abort: NewRecord = { kind: 'abort-requested', reason: 'enough' };
    return pastPointOfNoReturn(state) ? [[{ kind: 'resumed' }]] : [[{ kind: 'resumed' }], [abort]];
  }
  const mayAbort = state.phase === 'forward' && state.abort === undefined && !pastPointOfNoReturn(state);
  return mayAbort ? [[{ kind: 'abort-requested', reason: 'enough' }]] : [];
}

/** What tells two states apart for what comes next. */
function keyOf(state: OperationState): string {
  const steps = [...state.steps.values()].map((step) => [
    step.status,
    Math.min(2, step.attempt),
    step.failures,
    step.effect,
    step.undoFailures,
  ]);
  const gates = [...state.gates.entries()].map(([name, gate]) => [
    name,
    gate.status,
    'approvedBy' in gate && gate.approvedBy,
  ]);
  return JSON.stringify([state.phase, state.stoppedFrom, state.abort !== undefined, state.settled, steps, gates]);
}

/** Every state that any sequence of outcomes, crashes and human decisions can lead to. */
function walk(): Map<string, { state: OperationState; next: string[] }> {
  const { state: start } = new RecordedOperation(runbook);
  const seen = new Map<string, { state: OperationState; next: string[] }>([[keyOf(start), { state: start, next: [] }]]);
  // A map is walked in the order of insertion, also over what is inserted meanwhile.
  for (const { state, next } of seen.values()) {
    const actions = nextActions(state, testTime);
    for (const way of [...actions.flatMap((action) => outcomes(state, action)), ...humanRecords(state)]) {
      const there = way.reduce((now, fields) => reduce(now, placed(fields, now.n + 1, `person-${now.n}`)), state);
      const key = keyOf(there);
      next.push(key);
      if (!seen.has(key)) seen.set(key, { state: there, next: [] });
    }
  }
  return seen;
}

describe('every state an operation can be in', () => {
  const states = walk();
  const all = [...states.values()].map(({ state }) => state);

  it('is reached by the walk, whichever way it ends', () => {
    const ends = new Set(all.flatMap((state) => state.end?.outcome ?? []));
    expect(ends).toEqual(new Set(['completed', 'rolled-back', 'aborted']));
    expect(new Set(all.map((state) => state.phase))).toEqual(new Set(['forward', 'undoing', 'stopped', 'ended']));
  });

  it('has a way out, unless it has ended and was settled', () => {
    const stuck = all.filter((state) => nextActions(state, testTime).length === 0 && !state.settled);
    expect(stuck).toEqual([]);
  });

  it('can still come to an end', () => {
    const good = new Set([...states].filter(([, { state }]) => state.end !== undefined).map(([key]) => key));
    for (let before = -1; before !== good.size;) {
      before = good.size;
      for (const [key, { next }] of states) if (next.some((each) => good.has(each))) good.add(key);
    }
    expect([...states.keys()].filter((key) => !good.has(key))).toEqual([]);
  });

  it('is complete only with every step done, and undone only with nothing left', () => {
    for (const state of all) {
      const statuses = [...state.steps.values()];
      if (state.end?.outcome === 'completed') expect(statuses.every((step) => step.status === 'done')).toBe(true);
      else if (state.end !== undefined) {
        expect(statuses.filter((step) => step.order !== undefined && step.status !== 'undone')).toEqual([]);
      }
    }
  });

  it('never undoes once the point of no return is behind it', () => {
    for (const state of all) {
      if (state.steps.get('promote')?.status !== 'done') continue;
      expect(state.phase).not.toBe('undoing');
      expect(nextActions(state, testTime).map((action) => action.kind)).not.toContain('begin-undo');
    }
  });
});

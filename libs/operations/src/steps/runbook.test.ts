import { Ledger, ledgerStep } from '../testing/ledger.js';
import { checkRunbook, type Runbook, shapeOf } from './runbook.js';

const step = (name: string, options = {}) => ledgerStep(new Ledger(), name, options);
const runbook = (...nodes: Runbook['nodes']): Runbook => ({ name: 'move', version: '1', nodes });

describe('a runbook', () => {
  it('is stored as its graph', () => {
    const nodes = [
      step('a', { pointOfNoReturn: true, attempts: 3 }),
      { name: 'group', parallel: [step('b', { undoable: false }), step('c')] },
      { name: 'ask', approval: { title: 'may we?', expiresAfterMs: 1, reason: () => '' } },
      { name: 'watch', title: 'watches', waitFor: () => 1 },
    ];

    expect(shapeOf(runbook(...nodes))).toEqual([
      {
        kind: 'steps',
        name: 'a',
        steps: [{ name: 'a', title: 'does a', attempts: 3, pointOfNoReturn: true, undoable: true }],
      },
      {
        kind: 'steps',
        name: 'group',
        steps: [
          { name: 'b', title: 'does b', attempts: 1, pointOfNoReturn: false, undoable: false },
          { name: 'c', title: 'does c', attempts: 1, pointOfNoReturn: false, undoable: true },
        ],
      },
      { kind: 'approval', name: 'ask', title: 'may we?' },
      { kind: 'wait', name: 'watch', title: 'watches' },
    ]);
  });

  it('is refused with everything that is wrong with it', () => {
    const broken = runbook(
      step('a b'),
      step('c', { attempts: 0 }),
      step('c', { timeoutMs: 0 }),
      { name: 'empty', parallel: [] },
      { name: 'ask', approval: { title: '', expiresAfterMs: 1, approvals: 0, reason: () => '' } },
    );

    expect(() => checkRunbook(broken)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        details: [
          { path: 'nodes[0]', problem: 'must be 1 to 64 letters, digits, - or _' },
          { path: 'nodes[2]', problem: 'the name c is used twice' },
          { path: 'nodes[3]', problem: 'a parallel group needs a step' },
          { path: 'nodes[4]', problem: 'approvals must be at least 1' },
          { path: 'c', problem: 'attempts must be a whole number of at least 1' },
          { path: 'c', problem: 'timeoutMs must be positive' },
        ],
      }) as Error,
    );
  });
});

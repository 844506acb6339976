import { DrError } from '@novacron/contracts';
import type { NewRecord } from '../journal/record.js';
import type { Runbook } from '../steps/runbook.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';
import { RecordedOperation, testTime } from '../testing/records.js';
import { type Action, longestBackoffMs, nextActions } from './next-actions.js';

const ledger = new Ledger();
const runbook: Runbook = {
  name: 'move',
  version: '1',
  nodes: [
    ledgerStep(ledger, 'a', { attempts: 2 }),
    { name: 'group', parallel: [ledgerStep(ledger, 'b'), ledgerStep(ledger, 'c')] },
    { name: 'ask', approval: { title: 'may we?', expiresAfterMs: 1_000, reason: () => '' } },
    ledgerStep(ledger, 'promote', { pointOfNoReturn: true }),
    { name: 'watch', title: 'watches', waitFor: () => 1 },
    ledgerStep(ledger, 'z', { undoable: false }),
  ],
};

const later = (ms: number): string => new Date(testTime + ms).toISOString();
const error = new DrError('PRECONDITION_FAILED', 'it cannot be').toReply();
const intent = (...names: string[]): NewRecord => ({
  kind: 'intent',
  steps: names.map((name) => ({ name, attempt: 1 })),
});
const done = (step: string): NewRecord => ({ kind: 'done', step, attempt: 1, found: false, durationMs: 1 });
const failed = (step: string, more: { retryAt?: string; effect?: 'absent' | 'unknown' } = {}): NewRecord => ({
  ...{ kind: 'failed', step, attempt: 1, error },
  ...more,
});
const asked: NewRecord = { kind: 'approval-requested', node: 'ask', reason: '', expiresAt: later(1_000), approvals: 1 };
const approved: NewRecord = { kind: 'approved', node: 'ask' };
const upToGroup = [intent('a'), done('a'), intent('b', 'c'), done('b'), done('c')];
const upToPromote = [...upToGroup, asked, approved, intent('promote'), done('promote')];
const undoing: NewRecord = { kind: 'undoing', reason: 'it cannot be' };
const undone = (step: string): NewRecord[] => [
  { kind: 'undo-intent', step, attempt: 1 },
  { kind: 'undone', step, attempt: 1, durationMs: 1 },
];
const abort: NewRecord = { kind: 'abort-requested', reason: 'wrong site' };
const stopped: NewRecord = { kind: 'stopped', error, needs: [] };
const settled: NewRecord = { kind: 'settled', outcome: 'failed', version: '1', durationsMs: {} };

const table: [string, NewRecord[], Action[], number?][] = [
  ['begins with the first step', [], [{ kind: 'intend', steps: ['a'] }]],
  ['goes on with an intent without outcome', [intent('a')], [{ kind: 'attempt', step: 'a' }]],
  [
    'waits before it tries again',
    [intent('a'), failed('a', { retryAt: later(50) })],
    [{ kind: 'sleep', until: testTime + 50 }],
  ],
  [
    'tries again when it is time',
    [intent('a'), failed('a', { retryAt: later(50) })],
    [{ kind: 'intend', steps: ['a'] }],
    50,
  ],
  [
    'waits up to the longest backoff',
    [intent('a'), failed('a', { retryAt: later(longestBackoffMs) })],
    [{ kind: 'sleep', until: testTime + longestBackoffMs }],
  ],
  [
    'tries again at once when the clock was set back, so that it would be long',
    [intent('a'), failed('a', { retryAt: later(50) })],
    [{ kind: 'intend', steps: ['a'] }],
    -3_600_000,
  ],
  ['undoes after the last attempt', [intent('a'), failed('a')], [{ kind: 'begin-undo', reason: 'it cannot be' }]],
  ['begins a group whole', [intent('a'), done('a')], [{ kind: 'intend', steps: ['b', 'c'] }]],
  [
    'goes on with every open sibling',
    upToGroup.slice(0, 3),
    [
      { kind: 'attempt', step: 'b' },
      { kind: 'attempt', step: 'c' },
    ],
  ],
  [
    'lets a sibling finish when one has failed',
    [...upToGroup.slice(0, 3), failed('b')],
    [{ kind: 'attempt', step: 'c' }],
  ],
  [
    'undoes a group once all have ended',
    [...upToGroup.slice(0, 3), failed('b'), done('c')],
    [{ kind: 'begin-undo', reason: 'it cannot be' }],
  ],
  ['asks for approval', upToGroup, [{ kind: 'ask', node: 'ask' }]],
  ['waits for the answer', [...upToGroup, asked], [{ kind: 'sleep', until: testTime + 1_000 }]],
  ['lets an approval expire', [...upToGroup, asked], [{ kind: 'expire', node: 'ask' }], 1_000],
  [
    'undoes what was not approved',
    [...upToGroup, asked, { kind: 'expired', node: 'ask', error }],
    [{ kind: 'begin-undo', reason: 'it cannot be' }],
  ],
  ['goes on when approved', [...upToGroup, asked, approved], [{ kind: 'intend', steps: ['promote'] }]],
  [
    'asks nobody where nobody must be asked',
    [...upToGroup, { kind: 'skipped', node: 'ask' }],
    [{ kind: 'intend', steps: ['promote'] }],
  ],
  [
    'undoes before a point of no return that left no effect',
    [...upToPromote.slice(0, -1), failed('promote', { effect: 'absent' })],
    [{ kind: 'begin-undo', reason: 'it cannot be' }],
  ],
  [
    'stops where a point of no return may have taken effect',
    [...upToPromote.slice(0, -1), failed('promote', { effect: 'unknown' })],
    [{ kind: 'stop', error, step: 'promote' }],
  ],
  ['begins a wait', upToPromote, [{ kind: 'begin-wait', node: 'watch' }]],
  [
    'is not early with a wait',
    [...upToPromote, { kind: 'waiting', node: 'watch', until: later(20) }],
    [{ kind: 'sleep', until: testTime + 20 }],
    19,
  ],
  [
    'ends a wait when it is due',
    [...upToPromote, { kind: 'waiting', node: 'watch', until: later(20) }],
    [{ kind: 'end-wait', node: 'watch' }],
    20,
  ],
  [
    'stops past the point of no return, never undoes',
    [
      ...upToPromote,
      { kind: 'waiting', node: 'watch', until: later(0) },
      { kind: 'waited', node: 'watch' },
      intent('z'),
      failed('z'),
    ],
    [{ kind: 'stop', error, step: 'z' }],
  ],
  [
    'completes',
    [
      ...upToPromote,
      { kind: 'waiting', node: 'watch', until: later(0) },
      { kind: 'waited', node: 'watch' },
      intent('z'),
      done('z'),
    ],
    [{ kind: 'end', end: { outcome: 'completed' } }],
  ],
  ['undoes the newest first', [...upToGroup, undoing], [{ kind: 'intend-undo', step: 'c' }]],
  [
    'goes on with an undo that was begun',
    [...upToGroup, undoing, { kind: 'undo-intent', step: 'c', attempt: 1 }],
    [{ kind: 'undo', step: 'c' }],
  ],
  ['then the one before', [...upToGroup, undoing, ...undone('c')], [{ kind: 'intend-undo', step: 'b' }]],
  [
    'stops when an undo fails for good',
    [
      ...upToGroup,
      undoing,
      { kind: 'undo-intent', step: 'c', attempt: 1 },
      { kind: 'undo-failed', step: 'c', attempt: 1, error },
    ],
    [{ kind: 'stop', error, step: 'c' }],
  ],
  [
    'ends rolled back',
    [...upToGroup, undoing, ...undone('c'), ...undone('b'), ...undone('a')],
    [{ kind: 'end', end: { outcome: 'rolled-back', reason: 'it cannot be' } }],
  ],
  ['an abort lets what is open end first', [intent('a'), abort], [{ kind: 'attempt', step: 'a' }]],
  ['an abort undoes', [...upToGroup, abort], [{ kind: 'begin-undo', reason: 'wrong site' }]],
  [
    'an abort ends aborted',
    [abort, { ...undoing }],
    [{ kind: 'end', end: { outcome: 'aborted', reason: 'wrong site' } }],
  ],
  ['a pause stops everything', [{ kind: 'paused', reason: 'lunch' }], []],
  [
    'a pause that ends by itself',
    [{ kind: 'paused', reason: 'lunch', until: later(10) }],
    [{ kind: 'sleep', until: testTime + 10 }],
  ],
  ['after the pause', [{ kind: 'paused', reason: 'lunch', until: later(10) }], [{ kind: 'intend', steps: ['a'] }], 10],
  ['tells what a stop is, then rests', [intent('a'), stopped], [{ kind: 'settle' }]],
  ['rests once settled', [intent('a'), stopped, settled], []],
  [
    'tries again when resumed',
    [intent('a'), failed('a'), stopped, settled, { kind: 'resumed' }],
    [{ kind: 'intend', steps: ['a'] }],
  ],
];

describe('what comes next', () => {
  it.each(table)('%s', (_what, records, expected, afterMs = 0) => {
    const operation = new RecordedOperation(runbook);
    for (const record of records) operation.add(record);

    expect(nextActions(operation.state, testTime + afterMs)).toEqual(expected);
  });
});

import { DrError } from '@novacron/contracts';
import type { NewRecord } from '../journal/record.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';
import { RecordedOperation, testTime } from '../testing/records.js';
import { durationsOf, estimatesFrom } from './estimates.js';
import { natsCommands, needsOf } from './needs.js';
import { viewOf } from './operation-view.js';

const ledger = new Ledger();
const runbook = {
  name: 'move',
  version: '1',
  nodes: [
    ledgerStep(ledger, 'a'),
    { name: 'group', parallel: [ledgerStep(ledger, 'b'), ledgerStep(ledger, 'c')] },
    { name: 'ask', approval: { title: '', expiresAfterMs: 1, reason: () => '' } },
    ledgerStep(ledger, 'promote', { pointOfNoReturn: true }),
  ],
};
const intent = (...names: string[]): NewRecord => ({
  kind: 'intent',
  steps: names.map((name) => ({ name, attempt: 1 })),
});
const done = (step: string): NewRecord => ({ kind: 'done', step, attempt: 1, found: false, durationMs: 1 });
const error = new DrError('UNREACHABLE', 'gone', { hint: 'start the server' }).toReply();

describe('an operation as it is shown', () => {
  it('counts done nodes alike while nothing is known of earlier runs', () => {
    const { state } = new RecordedOperation(runbook).add(intent('a')).add(done('a'));
    expect(viewOf(state, testTime)).toMatchObject({ state: 'running', percent: 33 });
    expect(viewOf(state, testTime).expectedAt).toBeUndefined();
  });

  it('weighs nodes by earlier runs, a group by its slowest member, and says when it may end', () => {
    const { state } = new RecordedOperation(runbook)
      .add(intent('a'))
      .add(done('a'))
      .add(intent('b', 'c'))
      .add(done('b'));
    const estimates = new Map([
      ['a', 100],
      ['group', 800],
      ['promote', 100],
    ]);
    const view = viewOf(state, testTime, estimates, new Map([['c', { percent: 50, note: 'half' }]]));
    expect(view.percent).toBe(50);
    expect(view.expectedAt).toBe(new Date(testTime + 500).toISOString());
    expect(view.nodes[1]?.steps[1]).toMatchObject({ name: 'c', percent: 50, note: 'half' });
  });

  it('counts a step that says nothing by the time it has taken, never as done, and waits by the clock', () => {
    const nodes = [ledgerStep(ledger, 'a'), { name: 'watch', title: '', waitFor: () => 0 }, ledgerStep(ledger, 'b')];
    const operation = new RecordedOperation({ name: 'watched', version: '1', nodes }).add(intent('a'));
    const estimates = new Map([
      ['a', 400],
      ['watch', 500],
      ['b', 100],
    ]);
    const at = (ms: number) => {
      const { percent, expectedAt = '' } = viewOf(operation.state, testTime + ms, estimates);
      return { percent, leftMs: Date.parse(expectedAt) - testTime - ms };
    };
    expect(at(0)).toEqual({ percent: 0, leftMs: 1_000 });
    expect(at(200)).toEqual({ percent: 20, leftMs: 800 });
    expect(at(9_000)).toEqual({ percent: 38, leftMs: 620 });

    operation.add(done('a'));
    operation.add({ kind: 'waiting', node: 'watch', until: new Date(testTime + 500).toISOString() });
    expect(at(250)).toEqual({ percent: 65, leftMs: 350 });
    expect(viewOf(operation.state, testTime + 250, estimates).state).toBe('waiting');
    operation.add({ kind: 'waited', node: 'watch' }, { atMs: testTime + 500 });
    expect(durationsOf(operation.state)).toEqual({ a: 0, watch: 500 });

    operation.add({ kind: 'paused', reason: 'lunch' });
    expect(viewOf(operation.state, testTime, estimates).expectedAt).toBeUndefined();
  });

  it('takes medians of earlier runs, and a run by the journal', () => {
    const operation = new RecordedOperation(runbook);
    operation.add(intent('a'), { atMs: testTime + 10 }).add(done('a'), { atMs: testTime + 40 });
    operation.add(intent('b', 'c'), { atMs: testTime + 50 });
    operation.add(done('b'), { atMs: testTime + 60 }).add(done('c'), { atMs: testTime + 150 });
    expect(durationsOf(operation.state)).toEqual({ a: 30, group: 100 });
    expect(estimatesFrom([{ a: 30 }, { a: 10, b: 5 }, { a: 20 }])).toEqual(
      new Map([
        ['a', 20],
        ['b', 5],
      ]),
    );
  });

  it('says what it needs, and offers an abort only where one is possible', () => {
    const commands = natsCommands('novacron', 'failover');
    const early = new RecordedOperation(runbook).add(intent('a'));
    const late = new RecordedOperation(runbook).add(intent('promote'));
    expect(needsOf(early.state, error, commands, 'a')).toEqual([
      'first: start the server (step a)',
      `then go on: nats req dr.novacron.command.failover.resume '{"operationId":"op","by":"…"}'`,
      `or undo it: nats req dr.novacron.command.failover.abort '{"operationId":"op","reason":"…"}'`,
    ]);
    expect(needsOf(late.state, error, commands, 'promote')).toHaveLength(2);
  });

  it('offers to go on without a step that allows it, past the point of no return alone', () => {
    const commands = natsCommands('novacron', 'failover');
    const promote = ledgerStep(ledger, 'promote', { pointOfNoReturn: true });
    const names = { ...ledgerStep(ledger, 'names'), skippable: true };
    const failedAfter = (before: readonly string[]) => {
      const nodes = before[0] === 'names' ? [names, promote] : [promote, names];
      const operation = new RecordedOperation({ name: 'move', version: '1', nodes });
      for (const step of before) if (step !== 'names') operation.add(intent(step)).add(done(step));
      return operation.add(intent('names')).add({ kind: 'failed', step: 'names', attempt: 1, error });
    };
    const offered = (operation: RecordedOperation) =>
      needsOf(operation.state, error, commands, 'names').filter((need) => need.includes('without'));
    expect(offered(failedAfter(['promote']))).toEqual([
      `or go on without it: nats req dr.novacron.command.failover.resume '{"operationId":"op","by":"…","skip":"names","reason":"…"}'`,
    ]);
    expect(offered(failedAfter(['names']))).toEqual([]);
  });

  it('says what may be typed in place of each step that failed, and of those beside it', () => {
    const failed = (step: string): NewRecord => ({ kind: 'failed', step, attempt: 1, error });
    const operation = new RecordedOperation(runbook).add(intent('a')).add(done('a')).add(intent('b', 'c'));
    operation.add(failed('b')).add(failed('c'));
    const byHand = (step: string): string[] => [`make ${step}`];
    const needs = needsOf(operation.state, error, natsCommands('novacron', 'failover'), 'b', byHand);
    expect(needs.slice(0, -2)).toEqual([
      'first: start the server (step b)',
      'by hand: make b',
      'and: gone (step c)',
      'by hand: make c',
    ]);
    operation.add({ kind: 'undoing', reason: 'x' });
    expect(needsOf(operation.state, error, natsCommands('novacron', 'failover'), 'b', byHand)).toEqual([
      'first: start the server (step b)',
      expect.stringMatching(/^then go on/u),
    ]);
  });
});

import { DrError } from '@novacron/contracts';
import type { NewRecord } from '../journal/record.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';
import { RecordedOperation, testTime } from '../testing/records.js';
import { nextActions, workersAtMost } from './next-actions.js';

const ledger = new Ledger();
const ask = { name: 'ask', approval: { title: '', expiresAfterMs: 1, reason: () => '' } };
const nodes = [ledgerStep(ledger, 'a'), ask, ledgerStep(ledger, 'b')];
const intent = (attempt: number, name = 'a'): NewRecord => ({ kind: 'intent', steps: [{ name, attempt }] });
const error = new DrError('INTERNAL', 'gone').toReply();
const done = (step: string): NewRecord => ({ kind: 'done', step, attempt: 1, found: false, durationMs: 1 });
const failed = (step: string): NewRecord => ({
  ...{ kind: 'failed', step, attempt: 1, error },
});

const operation = (): RecordedOperation => new RecordedOperation({ name: 'move', version: '1', nodes });
const kinds = ({ state }: RecordedOperation): string[] => nextActions(state, testTime).map((action) => action.kind);

/** One worker after the other claims the operation; each writes what it does before it dies. */
function workers(of: RecordedOperation, count: number, each: (n: number) => NewRecord[] = () => []): RecordedOperation {
  for (let n = 0; n < count; n += 1) {
    of.add({ kind: 'claimed', token: of.records.length + 1 }, { by: `worker-${n}` });
    for (const record of each(n)) of.add(record, { by: `worker-${n}` });
  }
  return of;
}

describe('a step in which workers die', () => {
  it('is tried by so many of them, then left to a human: the journal does not grow for ever', () => {
    const dying = operation().add(intent(1));
    expect(kinds(workers(dying, workersAtMost, (n) => [intent(n + 2)]))).toEqual(['attempt']);

    dying.add({ kind: 'claimed', token: 1_000 }, { by: 'one more' });

    expect(nextActions(dying.state, testTime)).toMatchObject([
      {
        kind: 'stop',
        step: 'a',
        error: { code: 'INTERNAL', message: expect.stringContaining('10 workers') as string },
      },
    ]);
  });

  it('is tried again, as often, when a human says so', () => {
    const dying = workers(operation().add(intent(1)), workersAtMost + 1);
    dying.add({ kind: 'stopped', error, needs: [] }).add({ kind: 'resumed' });
    expect(kinds(workers(dying, workersAtMost))).toEqual(['attempt']);
    expect(kinds(dying.add({ kind: 'claimed', token: 1_000 }, { by: 'one more' }))).toEqual(['stop']);
  });

  it('may be an undo', () => {
    const dying = operation().add(intent(1)).add(failed('a')).add({ kind: 'undoing', reason: '' });
    workers(dying.add({ kind: 'undo-intent', step: 'a', attempt: 1 }), workersAtMost + 1);
    expect(nextActions(dying.state, testTime)).toMatchObject([{ kind: 'stop', step: 'a' }]);
  });

  it('is none where the same worker comes back, as one that lost the bus does', () => {
    const flapping = operation().add(intent(1));
    for (let n = 0; n < 50; n += 1) flapping.add({ kind: 'claimed', token: n + 1 }, { by: 'the same' });
    expect(kinds(flapping)).toEqual(['attempt']);
  });

  it('is none where nothing was being done: an approval may outlast many releases', () => {
    const waiting = operation().add(intent(1)).add(done('a'));
    waiting.add({
      kind: 'approval-requested',
      node: 'ask',
      reason: '',
      expiresAt: new Date(testTime + 9).toISOString(),
      approvals: 1,
    });
    expect(kinds(workers(waiting, 50))).toEqual(['sleep']);
  });

  it('begins anew with each step that is done', () => {
    const slow = workers(operation().add(intent(1)), workersAtMost)
      .add(done('a'))
      .add({ kind: 'skipped', node: 'ask' });
    expect(kinds(workers(slow.add(intent(1, 'b')), workersAtMost))).toEqual(['attempt']);
  });
});

import { DrError } from '@novacron/contracts';
import type { JournalRecord, NewRecord } from '../journal/record.js';
import { Ledger, ledgerStep } from '../testing/ledger.js';
import { placed, RecordedOperation } from '../testing/records.js';
import { replay } from './replay.js';

const ledger = new Ledger();
const runbook = { name: 'move', version: '1', nodes: [ledgerStep(ledger, 'a'), ledgerStep(ledger, 'b')] };
const error = new DrError('UNREACHABLE', 'gone').toReply();
const intent = (attempt: number, captured?: unknown): NewRecord => ({
  kind: 'intent',
  steps: [{ name: 'a', attempt, captured }],
});

function operation(...records: NewRecord[]): RecordedOperation {
  const made = new RecordedOperation(runbook);
  for (const record of records) made.add(record);
  return made;
}

describe('replaying a journal', () => {
  it('gives the same state as living through it', () => {
    const lived = operation({ kind: 'claimed', token: 7 }, intent(1, { was: 'x' }), {
      ...{ kind: 'done', step: 'a', attempt: 1, found: false, durationMs: 5, result: { lsn: '0/1' } },
    });

    expect(replay(lived.records)).toEqual(lived.state);
    expect(replay(JSON.parse(JSON.stringify(lived.records)) as JournalRecord[])).toEqual(lived.state);
  });

  it('keeps what was captured before the first change through later attempts', () => {
    const { state } = operation(intent(1, { was: 'x' }), intent(2), intent(3, { was: 'our own effect' }));

    expect(state.steps.get('a')).toMatchObject({ attempt: 3, captured: { was: 'x' }, failures: 0 });
  });

  it('counts failures but not crashes, and forgets them when a human says to try again', () => {
    const failed: NewRecord = { kind: 'failed', step: 'a', attempt: 2, error };
    const before = operation(intent(1), intent(2), failed);
    expect(before.state.steps.get('a')).toMatchObject({ attempt: 2, failures: 1, status: 'failed' });

    const after = before.add({ kind: 'stopped', error, needs: [] }).add({ kind: 'resumed' });
    expect(after.state.steps.get('a')).toMatchObject({ attempt: 2, failures: 0, status: 'retry' });
  });

  it.each<[string, NewRecord[]]>([
    ['done without an intent', [{ kind: 'done', step: 'a', attempt: 1, found: false, durationMs: 1 }]],
    [
      'a token that does not grow',
      [
        { kind: 'claimed', token: 5 },
        { kind: 'claimed', token: 5 },
      ],
    ],
    ['a step the runbook does not have', [{ kind: 'intent', steps: [{ name: 'x', attempt: 1 }] }]],
    ['an intent of an attempt that was', [intent(2), intent(1)]],
    ['an undo while going forward', [intent(1), { kind: 'undo-intent', step: 'a', attempt: 1 }]],
    ['an approval that nobody asked for', [{ kind: 'approved', node: 'ask' }]],
    ['anything after the end', [{ kind: 'ended', outcome: 'completed' }, intent(1)]],
    ['a second beginning', [{ kind: 'started', version: '1', nodes: [], params: {}, correlationId: 'c' }]],
  ])('refuses %s', (_what, records) => {
    expect(() => operation(...records)).toThrow(
      expect.objectContaining({ code: 'INTERNAL', retryable: false }) as Error,
    );
  });

  it('refuses a journal with a gap', () => {
    const { records } = operation(intent(1));
    const gap = placed({ kind: 'undoing', reason: '' }, 4);
    expect(() => replay([...records, gap])).toThrow('record 3 is missing');
  });

  it('refuses a journal whose beginning is gone', () => {
    expect(() => replay(operation(intent(1)).records.slice(1))).toThrow('a journal begins with started');
  });
});

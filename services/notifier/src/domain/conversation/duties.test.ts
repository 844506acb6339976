import {
  BackupFailed,
  EpochCorrection,
  EpochEnforced,
  FailoverPaused,
  FailoverPauseEnded,
  FailoverStepSkipped,
  RepositoryUpkeepFailed,
  RepositoryVerified,
  StoreProblem,
  WalArchiveTroubled,
} from '@novacron/contracts';
import { dutyWords } from './duties.js';

const problem = (path: string): StoreProblem => Object.assign(new StoreProblem(), { path, problem: 'is damaged' });

const verified = (good: boolean, paths: readonly string[], problemCount = paths.length): RepositoryVerified =>
  new RepositoryVerified({
    ...{ store: 'dr', good, backups: 3, objects: 9, walObjects: 40, checkedBytes: 1, skipped: 0, problemCount },
    ...{ problems: paths.map(problem), durationMs: 1, verifiedAt: '2026-11-26T04:00:00Z' },
  });

const trouble = (fault: WalArchiveTroubled['fault'], state: 'found' | 'over'): WalArchiveTroubled =>
  new WalArchiveTroubled({ component: 'orders', fault, state, reason: 'the slot is gone' });

const failed = {
  backupId: 'backup-20261126-040000',
  step: 'base-backup',
  reason: 'the primary is away',
  code: 'UNREACHABLE',
};

const stopped = Object.assign(new EpochCorrection(), {
  ...{ target: 'database novacron on primary', found: 'takes writes by epoch 1', done: 'stopped' },
});

describe('what backups ask of us', () => {
  it('is told with what is damaged, the first ten by name', () => {
    expect(dutyWords(verified(false, ['backups/b/orders/base.tar.zst']))).toEqual({
      subject: 'Backups in dr are damaged',
      text: 'backups/b/orders/base.tar.zst: is damaged',
    });
    const many = Array.from({ length: 100 }, (_, index) => `wal/${index}`);
    const lines = dutyWords(verified(false, many, 250))?.text.split('\n') ?? [];
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('and 240 more');
  });

  it.each([
    ['a backup that failed', new BackupFailed(failed), 'Backup backup-20261126-040000 has failed'],
    [
      'upkeep that could not be done',
      new RepositoryUpkeepFailed({ operationId: 'p', task: 'prune', step: 'plan', reason: 'r', code: 'CONFLICT' }),
      'Care for the backups has failed: prune',
    ],
    ['a slot that is lost', trouble('slot-lost', 'found'), 'The WAL archive of orders has trouble: slot-lost'],
    ['a spool that is full', trouble('spool-full', 'found'), 'The WAL archive of orders has trouble: spool-full'],
  ])('is told of %s', (_, event, subject) => {
    expect(dutyWords(event)?.subject).toBe(subject);
  });

  it.each([
    ['a store that is whole', verified(true, [])],
    ['one backup of a store that is told of as a whole', new BackupFailed({ ...failed, store: 'dr' })],
    ['trouble that is over', trouble('slot-lost', 'over')],
    ['a switch of the timeline', trouble('timeline-switched', 'found')],
  ])('is nothing for %s', (_, event) => {
    expect(dutyWords(event)).toBeUndefined();
  });
});

describe('what an epoch that had to be enforced asks of us', () => {
  it('says what acted against the epoch, and what was done about it', () => {
    expect(dutyWords(new EpochEnforced({ site: 'secondary', epoch: 2, corrections: [stopped], needs: [] }))).toEqual({
      subject: 'Something acted against epoch 2, which names secondary',
      text: 'database novacron on primary takes writes by epoch 1; what was done: stopped',
      needed: false,
    });
  });

  it('begins with what a human has to do at once', () => {
    const needs = ['stop the database novacron of primary at once: it takes writes that will be lost'];
    const words = dutyWords(new EpochEnforced({ site: 'secondary', epoch: 2, corrections: [stopped], needs }));
    expect(words?.subject).toBe('At once: something acts against epoch 2, which names secondary');
    expect(words?.text.split('\n')[0]).toBe(needs[0]);
  });
});

describe('what automation that was switched off, or a step that was left out, asks of us', () => {
  const pause = { owner: 'ada', reason: 'the network is worked on', until: '2026-11-26T04:00:00Z' };

  it.each([
    ['a pause', new FailoverPaused({ ...pause, remainingMs: 3_600_000, reminder: 0 }), 'is paused until'],
    [
      'a pause that goes on',
      new FailoverPaused({ ...pause, remainingMs: 6_000, reminder: 2 }),
      'is still paused, until',
    ],
    ['the end of a pause', new FailoverPauseEnded({ ...pause, by: 'ada' }), 'is on again'],
  ])('is told of %s, with who and why', (_, event, words) => {
    const told = dutyWords(event);
    expect(told?.subject).toContain(`Automatic failover ${words}`);
    expect(told?.text).toBe('ada: the network is worked on');
  });

  it('names the step that a human took on', () => {
    const skipped = {
      operationId: 'failover-1',
      step: 'switch-names',
      title: 'move names',
      by: 'ada',
      reason: 'by hand',
    };
    expect(dutyWords(new FailoverStepSkipped(skipped))).toEqual({
      subject: 'Step switch-names of a failover was skipped',
      text: 'ada: by hand\nOperation: failover-1',
    });
  });
});

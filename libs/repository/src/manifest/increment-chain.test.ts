import type { BackupManifest } from './backup-manifest.js';
import { incrementChain } from './increment-chain.js';

const backup = (backupId: string, kind: string, parentBackupId?: string, more: object = {}): BackupManifest =>
  ({
    ...{ backupId, parentBackupId },
    components: [{ component: 'orders', kind, systemId: '7', timeline: 1, ...more }],
  }) as unknown as BackupManifest;

const full = backup('full', 'postgres-physical');
const one = backup('one', 'postgres-incremental', 'full');
const two = backup('two', 'postgres-incremental', 'one');

describe('incrementChain', () => {
  it('names the full backup first and the backup itself last', () => {
    expect(incrementChain([two, one, full], two, 'orders')).toEqual({ chain: [full, one, two] });
    expect(incrementChain([two, one, full], full, 'orders')).toEqual({ chain: [full] });
  });

  it('asks nothing of the parent of what stands alone', () => {
    const wal = backup('wal', 'postgres-wal', 'gone');
    expect(incrementChain([wal], wal, 'orders')).toEqual({ chain: [wal] });
  });

  it.each([
    ['its parent is not there', [two, full], 'two needs one, which is not there'],
    ['the full one is not there', [two, one], 'one needs full, which is not there'],
    [
      'a parent lacks the component',
      [two, one, { backupId: 'full', components: [] }],
      'one needs full, which has no orders',
    ],
    [
      'a promotion lies between',
      [two, one, backup('full', 'postgres-physical', undefined, { timeline: 2 })],
      'timeline',
    ],
    ['it goes round', [two, backup('one', 'postgres-incremental', 'two')], 'one needs two, which is not there'],
  ])('says when %s', (_, manifests, problem) => {
    const present = manifests as BackupManifest[];
    expect(incrementChain(present, two, 'orders')).toEqual({ problem: expect.stringContaining(problem) as string });
  });
});

import type { CatalogEntry } from '@novacron/repository';
import { incrementBase } from './increment-base.js';

interface Made {
  readonly kind?: string;
  readonly parent?: string;
  readonly timeline?: number;
  readonly damaged?: boolean;
}

const entry = (backupId: string, { kind = 'postgres-physical', parent, timeline = 1, damaged }: Made = {}) =>
  ({
    backupId,
    manifest: {
      ...{ backupId, parentBackupId: parent, completedAt: `2026-11-2${backupId.at(-1)}T04:00:00Z` },
      components: [{ component: 'orders', kind, systemId: '7', timeline, startLsn: '0/100', stopLsn: '0/200' }],
    },
    marks: damaged === true ? [{ mark: 'refuted', at: '2026-11-26T00:00:00Z' }] : [],
    problems: [],
  }) as unknown as CatalogEntry;

const server = (givesBlocks: boolean) => [{ component: 'orders', systemId: '7', timeline: 1, givesBlocks }];
const base = { component: 'orders', systemId: '7', timeline: 1, fromLsn: '0/200' };
const [blocks, wal] = ['postgres-incremental', 'postgres-wal'];

describe('incrementBase', () => {
  it('builds on the newest backup, and of blocks says since when they must be known', () => {
    const entries = [entry('b1'), entry('b2', { kind: blocks, parent: 'b1' })];
    expect(incrementBase(entries, server(true))).toEqual({
      parentBackupId: 'b2',
      bases: [{ ...base, blocksSince: '0/100' }],
    });
    expect(incrementBase([entry('b1')], server(false))).toEqual({ parentBackupId: 'b1', bases: [base] });
  });

  it('copies blocks on top of blocks alone; a stretch of WAL follows on either', () => {
    const entries = [entry('b1'), entry('b2', { kind: wal, parent: 'b1' })];
    expect(incrementBase(entries, server(true)).parentBackupId).toBe('b1');
    expect(incrementBase(entries, server(false)).parentBackupId).toBe('b2');
  });

  it.each([
    ['was found damaged', [entry('b1'), entry('b2', { damaged: true })], 'b1'],
    [
      'builds on a damaged one',
      [entry('b0'), entry('b1', { damaged: true }), entry('b2', { kind: blocks, parent: 'b1' })],
      'b0',
    ],
    ['builds on one that is gone', [entry('b0'), entry('b2', { kind: blocks, parent: 'b1' })], 'b0'],
    ['is of another timeline', [entry('b1'), entry('b2', { timeline: 2 })], 'b1'],
  ])('builds on none that %s', (_, entries, parentBackupId) => {
    expect(incrementBase(entries, server(true)).parentBackupId).toBe(parentBackupId);
  });

  it('asks for a full one after a promotion, and says why', () => {
    expect(() => incrementBase([entry('b1', { timeline: 2 })], server(true))).toThrow(
      expect.objectContaining({
        code: 'PRECONDITION_FAILED',
        hint: expect.stringContaining('kind full') as string,
        details: [{ path: 'parent', problem: 'b1: orders was promoted since: timeline 2, now 1' }],
      }),
    );
  });
});

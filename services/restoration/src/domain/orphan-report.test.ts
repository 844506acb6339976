import { orphanReport } from './orphan-report.js';

const rows = (filenode: number, inserted: number, updated = 0, deleted = 0) => ({
  ...{ tablespace: 1663, database: 5, filenode, inserted, updated, deleted },
});
const commit = (xid: number, at: string) => ({ xid, lsn: '0/100', at });

describe('orphanReport', () => {
  it('names the tables, those with most rows first, and leaves the catalogs out', () => {
    const work = {
      commits: [commit(2, '2026-01-01T00:00:05Z'), commit(1, '2026-01-01T00:00:01Z')],
      relations: [rows(10, 1, 1), rows(11, 5), rows(12, 900), rows(13, 0, 0, 1)],
    };
    const names = new Map([
      [10, 'app.rows'],
      [11, 'app.orders'],
      [12, 'pg_catalog.pg_class'],
    ]);

    expect(orphanReport(work, names)).toEqual({
      ...{ commits: 2, rows: 8, firstAt: '2026-01-01T00:00:01Z', lastAt: '2026-01-01T00:00:05Z' },
      tables: [
        { table: 'app.orders', inserted: 5, updated: 0, deleted: 0 },
        { table: 'app.rows', inserted: 1, updated: 1, deleted: 0 },
        { table: 'file 13', inserted: 0, updated: 0, deleted: 1 },
      ],
    });
  });

  it('is empty where nothing was committed', () => {
    expect(orphanReport({ commits: [], relations: [] }, new Map())).toEqual({ commits: 0, rows: 0, tables: [] });
  });
});

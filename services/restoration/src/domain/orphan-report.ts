import type { OrphanedWork } from '@novacron/drivers';

/** Which committed work only the old primary has: what was really lost, told by its own disk. */
export interface OrphanReport {
  readonly commits: number;
  readonly rows: number;
  /** By the old primary's clock, RFC 3339: of the first and the last lost commit. */
  readonly firstAt?: string;
  readonly lastAt?: string;
  /** By table, those with most rows first. */
  readonly tables: readonly {
    readonly table: string;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
  }[];
}

/** A report is read by people: more tables than this are one line. */
const tableLimit = 50;
/** The server's own catalogs change with every statement about tables: nobody misses those rows. */
const catalogs = /^(?:pg_catalog|pg_toast|information_schema)\./u;

/** Tables are named as the active site has them; one that is not there has its file's number. */
export function orphanReport({ commits, relations }: OrphanedWork, names: ReadonlyMap<number, string>): OrphanReport {
  const tables = relations
    .map(({ filenode, inserted, updated, deleted }) => ({
      ...{ table: names.get(filenode) ?? `file ${filenode}`, inserted, updated, deleted },
    }))
    .filter(({ table }) => !catalogs.test(table))
    .toSorted((a, b) => rowsOf(b) - rowsOf(a));
  const times = commits.map(({ at }) => at).toSorted();
  const [firstAt] = times;
  const lastAt = times.at(-1);
  return {
    commits: commits.length,
    rows: tables.reduce((sum, table) => sum + rowsOf(table), 0),
    ...(firstAt === undefined ? {} : { firstAt }),
    ...(lastAt === undefined ? {} : { lastAt }),
    tables: tables.slice(0, tableLimit),
  };
}

function rowsOf(table: { readonly inserted: number; readonly updated: number; readonly deleted: number }): number {
  return table.inserted + table.updated + table.deleted;
}

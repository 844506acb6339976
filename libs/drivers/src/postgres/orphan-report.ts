import { type OrphanedCommit, parseCommits } from './parse-commits.js';

/** Rows of one relation that only the old primary has. */
export interface OrphanedRows {
  readonly tablespace: number;
  readonly database: number;
  readonly filenode: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What committed transactions that only the old primary has did to which relation. */
export interface OrphanedWork {
  readonly commits: readonly OrphanedCommit[];
  readonly relations: readonly OrphanedRows[];
}

const change =
  /tx:\s*(?<xid>\d+), .*? desc: (?<what>INSERT|MULTI_INSERT|UPDATE|HOT_UPDATE|DELETE)\b(?<detail>.*?), blkref #0: rel (?<tablespace>\d+)\/(?<database>\d+)\/(?<filenode>\d+)/u;
const tuples = /(?:ntuples: (?<named>\d+)|^\+?\w* ?(?<plain>\d+) tuples)/u;
const subtransactions = /tx:\s*(?<xid>\d+), .*? desc: COMMIT .*?; subxacts:(?<subs>(?: \d+)+)/u;

const kinds = {
  INSERT: 'inserted',
  MULTI_INSERT: 'inserted',
  UPDATE: 'updated',
  HOT_UPDATE: 'updated',
  DELETE: 'deleted',
} as const;

/** Reads what pg_waldump says of transactions and heaps. Work of transactions that did not commit was never promised to anybody. */
export function parseOrphanedWork(text: string): OrphanedWork {
  const commits = parseCommits(text);
  const committed = new Set(commits.map(({ xid }) => xid));
  const lines = text.split('\n');
  for (const line of lines) {
    const found = subtransactions.exec(line)?.groups;
    if (found === undefined || !committed.has(Number(found['xid']))) continue;
    for (const sub of (found['subs'] ?? '').trim().split(' ')) committed.add(Number(sub));
  }
  const relations = new Map<string, { -readonly [K in keyof OrphanedRows]: OrphanedRows[K] }>();
  for (const line of lines) {
    const groups = change.exec(line)?.groups;
    if (groups === undefined || !committed.has(Number(groups['xid']))) continue;
    const { what = '', detail = '', tablespace, database, filenode } = groups;
    const key = `${tablespace}/${database}/${filenode}`;
    const place = { tablespace: Number(tablespace), database: Number(database), filenode: Number(filenode) };
    const rows = relations.get(key) ?? { ...place, inserted: 0, updated: 0, deleted: 0 };
    rows[kinds[what as keyof typeof kinds]] += what === 'MULTI_INSERT' ? tuplesIn(detail.trim()) : 1;
    relations.set(key, rows);
  }
  return { commits, relations: [...relations.values()] };
}

function tuplesIn(detail: string): number {
  const groups = tuples.exec(detail)?.groups;
  return Number(groups?.['named'] ?? groups?.['plain'] ?? 1);
}

import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { restoreAndAsk } from '../restore.js';
import { querySite } from '../site-database.js';

/** The copy in the DR store is restored into scratch and compared with the live database, row by row. */
export const restoreProof: DrillPhase = {
  name: 'restore-proof',
  title: 'the copy in the DR store restored into scratch and compared with the live database',
  async run({ lab, bus, events, estate, findings }) {
    const taken = needed(findings.backup, 'the backup');
    const until = needed(findings.rowsBeforeBackup, 'the last row before the backup');
    const query = `select count(*)::int as rows, md5(string_agg(n::text, ',' order by n)) as digest from app.rows where n <= ${until}`;
    const store = estate.repository.stores.find((candidate) => candidate.role === 'replica')?.name;
    const { row } = await restoreAndAsk(
      { bus, events },
      { component: estate.databases[0]?.name, backupId: taken.backupId, store, query },
    );
    const [live] = await querySite<{ rows: number; digest: string }>(lab, findings.homeSite, query);
    if (live === undefined || row['digest'] !== live.digest || row['rows'] !== live.rows) {
      throw new Error(
        `restored ${String(row['rows'])} rows, the live database has ${String(live?.rows)}, or their contents differ`,
      );
    }
    findings.backup = { ...taken, restored: true };
    return `${live.rows} rows restored from ${store ?? 'the store'}, identical to the live ones (md5 ${live.digest.slice(0, 12)})`;
  },
};

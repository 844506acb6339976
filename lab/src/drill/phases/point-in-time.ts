import { QueryRecoveryWindow, type RecoveryWindow } from '@novacron/contracts';
import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { restoreAndAsk } from '../restore.js';
import { querySite, until } from '../site-database.js';

const rowsExpected = 250;

/** Somebody deletes what should have stayed: the moment before is restored, from the archive alone. */
export const pointInTime: DrillPhase = {
  name: 'point-in-time',
  title: 'point-in-time restore to the moment before a bad delete',
  async run({ lab, bus, events, estate, findings }) {
    const standIn = needed(findings.standInSite, 'the site that took over');
    const since = needed(findings.outage, 'the outage').firstAfterAt;
    await events.waitFor('backup-verified', 180_000, (event) => event.at > since, ['backup-failed']);

    await querySite(lab, standIn, 'create table if not exists app.ledger (id int primary key, amount int not null)');
    await querySite(lab, standIn, 'insert into app.ledger select i, i * 10 from generate_series(1, $1::int) i', [
      rowsExpected,
    ]);
    const [moment] = await querySite<{ now: Date }>(lab, standIn, 'select clock_timestamp() as now');
    const targetTime = needed(moment, 'the time at the database').now.toISOString();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await querySite(lab, standIn, 'delete from app.ledger');

    const component = estate.databases[0]?.name;
    await until('the archive reaching past the delete', 60_000, async () => {
      const window = await bus.request<RecoveryWindow>(new QueryRecoveryWindow({ component, at: targetTime }), {
        timeoutMs: 3000,
      });
      return window.backupId;
    });
    const { row } = await restoreAndAsk(
      { bus, events },
      { component, targetTime, query: 'select count(*)::int as rows from app.ledger' },
    );
    const rowsFound = Number(row['rows']);
    findings.pitr = { targetTime, rowsExpected, rowsFound };
    if (rowsFound !== rowsExpected)
      throw new Error(`${rowsFound} rows found at ${targetTime}, ${rowsExpected} expected`);
    return `${rowsFound} of ${rowsExpected} rows found again as of ${targetTime}`;
  },
};

import type { DrillContext, DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { querySite, until } from '../site-database.js';

/** Every row that a customer was told is safe must be there: set against set, not count against count. */
export const rowCount: DrillPhase = {
  name: 'rows',
  title: 'every acknowledged row is looked for on the new primary',
  async run(context) {
    const { findings, load } = context;
    const standIn = needed(findings.standInSite, 'the site that took over');
    await until('rows acknowledged after the failover', 30_000, () =>
      Promise.resolve(
        load.acknowledged().some((row) => row.at > needed(findings.outage, 'the outage').firstAfterAt + 1000)
          ? true
          : undefined,
      ),
    );
    const lost = await countLost(context, standIn);
    if (lost > 0)
      throw new Error(`${lost} acknowledged rows are missing on ${standIn}, though replication is synchronous`);
    return `${findings.acknowledgedRows ?? 0} acknowledged, 0 lost`;
  },
};

/** Compares what was acknowledged with what a site holds, and keeps the worst that was ever found. */
export async function countLost({ lab, load, findings }: DrillContext, site: string): Promise<number> {
  const acknowledged = load.acknowledged().slice();
  const present = new Set(
    (await querySite<{ n: string }>(lab, site, 'select n from app.rows')).map((row) => Number(row.n)),
  );
  const lost = acknowledged.filter((row) => !present.has(row.n));
  findings.acknowledgedRows = acknowledged.length;
  findings.lostRows = Math.max(findings.lostRows ?? 0, lost.length);
  const oldest = lost[0];
  if (oldest !== undefined) findings.oldestLostAt = Math.min(findings.oldestLostAt ?? Infinity, oldest.at);
  return lost.length;
}

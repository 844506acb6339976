import { QueryFailoverStatus, QueryHealthStatus, type Report } from '@novacron/contracts';
import type { DrillPhase } from '../drill-context.js';
import { until } from '../site-database.js';

/** Before anything is broken: all sites are seen well by all vantages, and customers are writing. */
export const steadyState: DrillPhase = {
  name: 'steady-state',
  title: 'every site is seen healthy by three vantages, and rows are being written',
  async run({ bus, load, findings, estate }) {
    const sites = estate.databases.flatMap((database) => database.members.map((member) => member.site));
    await until('a healthy verdict on every site', 90_000, async () => {
      const { report } = await bus.request<Report>(new QueryHealthStatus({}), { timeoutMs: 3000 });
      const seen = report['sites'] as Record<string, { state?: string }> | undefined;
      return sites.every((site) => seen?.[site]?.state === 'ok') ? true : undefined;
    });
    const { report } = await until('a recorded epoch', 30_000, () =>
      bus.request<Report>(new QueryFailoverStatus({}), { timeoutMs: 3000 }),
    );
    findings.homeSite = String((report['epoch'] as { site?: string } | undefined)?.site ?? findings.homeSite);

    load.start();
    const rows = await until('200 acknowledged rows', 60_000, () =>
      Promise.resolve(load.acknowledged().length >= 200 ? load.acknowledged().length : undefined),
    );
    return `${sites.length} sites healthy; ${rows} rows acknowledged on ${findings.homeSite}`;
  },
};

import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { querySite } from '../site-database.js';

/** The dead site comes back as if nothing had happened: it must not take a single write. */
export const returnOfTheOldPrimary: DrillPhase = {
  name: 'return',
  title: 'the old primary comes back, and must not take writes',
  async run({ lab, findings, primaries }) {
    const before = primaries.splitBrains.length;
    await lab.revive(findings.homeSite);
    const looksBefore = primaries.looks;
    while (primaries.looks < looksBefore + 8) await new Promise((resolve) => setTimeout(resolve, 100));
    if (primaries.splitBrains.length > before) throw new Error('two sites took writes at once');
    const standIn = needed(findings.standInSite, 'the site that took over');
    const [row] = await querySite<{ recovery: boolean }>(lab, standIn, 'select pg_is_in_recovery() as recovery');
    if (row?.recovery !== false) throw new Error(`${standIn} is no longer the primary`);
    return `${findings.homeSite} was held by the start guard; ${standIn} went on; ${primaries.looks - looksBefore} looks, one writable site each time`;
  },
};

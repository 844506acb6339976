import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { seconds } from '../progress.js';

/** A quorum of vantages, each after three failures in a row, finds the site lost. */
export const detection: DrillPhase = {
  name: 'detection',
  title: 'three vantages find the site lost, by quorum',
  async run({ events, findings }) {
    const killedAt = needed(findings.killedAt, 'the moment of the kill');
    const lost = await events.waitFor(
      'site-lost',
      60_000,
      (event) => event.entity === findings.homeSite && event.at >= killedAt,
    );
    const { vantagesAgreeing, vantagesSeeing } = lost.data;
    return `after ${seconds(lost.at - killedAt)}: ${String(vantagesAgreeing)} of ${String(vantagesSeeing)} vantages agree`;
  },
};

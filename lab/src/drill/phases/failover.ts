import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { seconds } from '../progress.js';
import { until } from '../site-database.js';

/** Decided, fenced, promoted, rerouted and validated from outside; customers write again. */
export const failover: DrillPhase = {
  name: 'failover',
  title: 'decided, fenced, promoted, rerouted, validated; customers write again',
  async run({ events, load, findings }) {
    const killedAt = needed(findings.killedAt, 'the moment of the kill');
    const decided = await events.waitFor(
      'failover-decided',
      60_000,
      (event) => event.data['shouldFailover'] === true && event.at >= killedAt,
    );
    findings.decidedAt = decided.at;
    findings.failoverOperation = String(decided.data['operationId']);

    const gap = await until('a write acknowledged after the kill', 90_000, () =>
      Promise.resolve(load.gapAround(killedAt)),
    );
    findings.outage = { lastBeforeAt: gap.lastBefore.at, firstAfterAt: gap.firstAfter.at };

    const mine = (event: { data: Readonly<Record<string, unknown>> }): boolean =>
      event.data['operationId'] === findings.failoverOperation;
    const completed = await events.waitFor('failover-completed', 180_000, mine, [
      'failover-failed',
      'failover-rolled-back',
    ]);
    findings.standInSite = String(completed.data['toSite']);
    return (
      `to ${findings.standInSite}, epoch ${String(completed.data['epoch'])}, fence ${String(completed.data['fenceLevel'])}; ` +
      `writes were away for ${seconds(gap.firstAfter.at - gap.lastBefore.at)}, ${seconds(gap.firstAfter.at - decided.at)} of it after the decision`
    );
  },
};

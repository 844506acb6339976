import { type DeliveryList, QueryDeliveries } from '@novacron/contracts';
import type { DrillPhase } from '../drill-context.js';
import { needed } from '../findings.js';
import { until } from '../site-database.js';
import { audiencesTold } from './told.js';

/** Everyone who was told of the trouble is told that it is over, and the ledger has nothing open. */
export const resolution: DrillPhase = {
  name: 'resolution',
  title: 'resolution sent to everyone, and the ledger closed',
  async run(context) {
    const { bus, findings } = context;
    const order = await audiencesTold(context, needed(findings.killedAt, 'the moment of the kill'), 'resolution');
    const counts = await until('every planned notification settled', 60_000, async () => {
      const { deliveries } = await bus.request<DeliveryList>(new QueryDeliveries({}), { timeoutMs: 3000 });
      const delivered = deliveries.filter((item) =>
        ['accepted', 'delivered', 'acknowledged'].includes(item.state),
      ).length;
      const failed = deliveries.filter((item) => ['failed', 'unknown', 'stale'].includes(item.state)).length;
      return delivered + failed === deliveries.length ? { planned: deliveries.length, delivered, failed } : undefined;
    });
    findings.notifications = counts;
    if (counts.failed > 0) throw new Error(`${counts.failed} of ${counts.planned} notifications were not delivered`);
    return `${order.join(' → ')}; ${counts.delivered} of ${counts.planned} notifications delivered`;
  },
};

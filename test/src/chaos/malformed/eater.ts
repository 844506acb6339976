/** A process that handles one kind of event as a service does, and says over IPC how it fares. Run with `--expose-gc`. */
import { Bus, JetStreamStrategy, silentLogger } from '@novacron/bus';
import { type Delivered, VantageLost } from '@novacron/contracts';
import { chaosRegistry, type EaterReport, estate } from './eater-report.js';

const url = process.env['DR_EATER_URL'] ?? '';
const bus = await Bus.connect({
  ...{ url, service: 'notifier', instance: '1', estate, logger: silentLogger, registry: chaosRegistry },
});
const strategy = new JetStreamStrategy({ bus, version: '1.0.0' });
const handled = new Map<string, number>();
const handler = async ({ id }: Delivered<VantageLost>): Promise<void> => {
  handled.set(id, (handled.get(id) ?? 0) + 1);
};
strategy.addHandler(VantageLost, handler as Parameters<typeof strategy.addHandler>[1], true);
await new Promise<void>((done, fail) => {
  void strategy.listen((error) => (error === undefined ? done() : fail(new Error('not started', { cause: error }))));
});

process.on('message', () => {
  globalThis.gc?.();
  const report: EaterReport = {
    handled: [...handled.values()].reduce((sum, times) => sum + times, 0),
    distinct: handled.size,
    heapBytes: process.memoryUsage().heapUsed,
    resources: process.getActiveResourcesInfo().length,
    polluted: 'polluted' in {},
  };
  process.send?.(report);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

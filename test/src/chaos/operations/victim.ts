/** A worker that is there to be killed: begins one operation and works on it, as a service would. */
import { writeSync } from 'node:fs';
import { Bus, silentLogger } from '@novacron/bus';
import { OperationEngine } from '@novacron/operations';
import { leaseTtlMs, type VictimOrders } from './victim-orders.js';
import { twelveSteps } from './twelve-steps.js';

const orders = JSON.parse(process.env['DR_VICTIM'] ?? '{}') as VictimOrders;
const { url, estate, service, operationId, params, dieAt } = orders;

const bus = await Bus.connect({ url, service, instance: String(process.pid), estate, logger: silentLogger });
if (dieAt !== undefined) {
  const publish = bus.jetstream.publish.bind(bus.jetstream);
  let records = 0;
  bus.jetstream.publish = async (subject, ...rest) => {
    if (!subject.includes('.operation.')) return publish(subject, ...rest);
    records += 1;
    if (dieAt.when === 'before' && records === dieAt.record) process.kill(process.pid, 'SIGKILL');
    const ack = await publish(subject, ...rest);
    if (dieAt.when === 'after' && records === dieAt.record) process.kill(process.pid, 'SIGKILL');
    return ack;
  };
}
const engine = new OperationEngine({
  ...{ bus, service, runbooks: [twelveSteps], logger: silentLogger, leaseTtlMs },
  timing: { scanMs: 100, backoffMs: 10, maxBackoffMs: 50 },
});
await engine.start();
writeSync(1, 'started\n');
await engine.begin({ runbook: twelveSteps.name, operationId, params });
const { state } = await engine.wait(operationId, { timeoutMs: 60_000 });
await engine.stop();
await bus.close();
writeSync(1, `ended ${state}\n`);

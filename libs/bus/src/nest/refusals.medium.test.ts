import { ThingChanged, ThingMoved } from '../testing/contracts.js';
import { startNatsServer } from '../testing/index.js';
import { connectTestBus } from '../testing/test-bus.js';
import { JetStreamStrategy } from './strategy.js';

const handler = async (): Promise<void> => {};

describe('what a strategy refuses', () => {
  it('a second handler, a wrong kind, and what is no message of the service', async () => {
    const nats = await startNatsServer();
    const bus = await connectTestBus(nats.url, { service: 'backup' });
    const other = await connectTestBus(nats.url, { service: 'notifier' });
    const strategy = new JetStreamStrategy({ bus, version: '1.0.0' });
    strategy.addHandler(ThingChanged, handler, true);

    expect(() => strategy.addHandler(ThingChanged, handler, true)).toThrow('ThingChanged has two handlers');
    expect(() => strategy.addHandler(ThingMoved, handler, false)).toThrow('handle it with @EventPattern');
    expect(() => strategy.addHandler('dr.>', handler, true)).toThrow('a pattern must be the class of a message');
    expect(() =>
      new JetStreamStrategy({ bus: other, version: '1.0.0' }).addHandler(ThingChanged, handler, true),
    ).toThrow('notifier is not among the consumers of ThingChanged');
    await bus.close();
    await other.close();
    await nats.stop();
  });
});

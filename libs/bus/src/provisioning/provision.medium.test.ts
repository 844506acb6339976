import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { buckets, durableName, eventContracts, serviceNames, streams } from '@novacron/contracts';
import { type RunningNats, startNatsServer } from '../testing/index.js';
import { provisionBus } from './provision.js';

describe('provisioning', () => {
  let nats: RunningNats;
  let connection: Awaited<ReturnType<typeof connect>>;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
  });

  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });

  it('makes everything once, also when all services start at once', async () => {
    const connections = await Promise.all(serviceNames.map(() => connect({ servers: nats.url })));
    await Promise.all(connections.map((one) => provisionBus(one, { estate: 'novacron' })));
    await Promise.all(connections.map((one) => one.close()));

    const manager = await jetstreamManager(connection);
    const names = await manager.streams.names().next();
    const expected = [
      ...Object.values(streams).map((stream) => stream.name),
      ...Object.values(buckets).map((bucket) => `KV_${bucket.name}`),
    ];
    expect([...names].sort()).toEqual(expected.sort());
    for (const contract of eventContracts) {
      for (const service of contract.consumers) {
        const info = await manager.consumers.info('DR_EVENTS', durableName(service, contract));
        expect(info.config.filter_subject).toBe(`dr.novacron.event.${contract.service}.${contract.eventName}.*`);
      }
    }
  });

  it('changes nothing the second time', async () => {
    await expect(provisionBus(connection, { estate: 'novacron' })).resolves.toEqual({ created: [], updated: [] });
  });

  it('repairs what can be repaired without loss', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.update('DR_EVENTS', { max_age: 1_000_000_000 * 3600 });
    await manager.consumers.update('DR_EVENTS', 'notifier__site-lost', { max_deliver: 2 });

    const { updated } = await provisionBus(connection, { estate: 'novacron' });

    expect([...updated].sort()).toEqual(['DR_EVENTS', 'notifier__site-lost']);
    expect((await manager.streams.info('DR_EVENTS')).config.max_age).toBe(90 * 24 * 3600 * 1_000_000_000);
    expect((await manager.consumers.info('DR_EVENTS', 'notifier__site-lost')).config.max_deliver).toBe(5);
  });

  it('refuses what would lose messages, and names field, found and wanted', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.update('DR_OBSERVATIONS', { subjects: ['dr.*.observation.>', 'extra.>'] });

    await expect(provisionBus(connection, { estate: 'novacron' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'stream DR_OBSERVATIONS differs in subjects',
      details: [
        {
          path: 'DR_OBSERVATIONS.subjects',
          problem: 'found ["dr.*.observation.>","extra.>"], wanted ["dr.*.observation.>"]',
        },
      ],
    });
    await manager.streams.update('DR_OBSERVATIONS', { subjects: ['dr.*.observation.>'] });
  });

  it("refuses to take over another estate's consumers", async () => {
    await expect(provisionBus(connection, { estate: 'other' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

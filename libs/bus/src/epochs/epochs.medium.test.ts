import { connect } from '@nats-io/transport-node';
import { provisionBus } from '../provisioning/provision.js';
import { testRegistry } from '../testing/contracts.js';
import { type RunningNats, startNatsServer } from '../testing/index.js';
import { Epochs } from './epochs.js';

describe('epochs', () => {
  let nats: RunningNats;
  let connection: Awaited<ReturnType<typeof connect>>;
  let epochs: Epochs;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
    await provisionBus(connection, { estate: 'test', registry: testRegistry });
    epochs = await Epochs.open(connection, 'test');
  });

  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });

  it('begin with one, move one at a time, and refuse whoever read an older one', async () => {
    expect(await epochs.current()).toBeUndefined();
    const one = await epochs.advance(0, { site: 'primary', operationId: 'boot' });
    expect(one).toMatchObject({ epoch: 1, site: 'primary' });

    const two = await epochs.advance(one.revision, { site: 'secondary', operationId: 'op-1' });
    const late = epochs.advance(one.revision, { site: 'dr', operationId: 'op-2' });

    await expect(late).rejects.toMatchObject({ code: 'EPOCH_MISMATCH' });
    expect(await epochs.current()).toEqual(two);
    expect(two).toMatchObject({ epoch: 2, site: 'secondary', operationId: 'op-1' });
  });

  it('give one of two rivals the next one', async () => {
    const before = await epochs.current();
    const rivals = ['a', 'b', 'c'].map((name) =>
      epochs.advance(before?.revision ?? 0, { site: name, operationId: name }),
    );

    const outcomes = await Promise.allSettled(rivals);

    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it('give the same answer to the operation that asks again', async () => {
    const before = await epochs.current();
    const made = await epochs.advance(before?.revision ?? 0, { site: 'dr', operationId: 'op-9' });

    expect(await epochs.advance(before?.revision ?? 0, { site: 'dr', operationId: 'op-9' })).toEqual(made);
  });

  it('are of one estate', async () => {
    const other = await Epochs.open(connection, 'other');

    expect(await other.current()).toBeUndefined();
  });
});

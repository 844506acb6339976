import { connect } from '@nats-io/transport-node';
import { silentLogger } from '../logger.js';
import { provisionBus } from '../provisioning/provision.js';
import { testRegistry } from '../testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { HeldWork } from './held-work.js';
import { Leases } from './leases.js';

describe('work of whoever holds a lease', () => {
  let nats: RunningNats;
  let connection: Awaited<ReturnType<typeof connect>>;
  let leases: Leases;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
    await provisionBus(connection, { estate: 'test', registry: testRegistry });
    leases = await Leases.open({ connection, estate: 'test', logger: silentLogger });
  });

  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });

  const workOf = (name: string, holder: string, work: (signal: AbortSignal) => Promise<void>): HeldWork =>
    new HeldWork({
      ...{ leases, name, holder, logger: silentLogger },
      work: (_lease, signal) => work(signal),
    });
  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

  it('is done by one, and by the next as soon as that one stops', async () => {
    const done: string[] = [];
    const [first, second] = ['a', 'b'].map((holder) =>
      workOf('shared', holder, async (signal) => {
        done.push(holder);
        await untilAborted(signal);
        done.push(`${holder} ends`);
      }),
    ) as [HeldWork, HeldWork];
    first.start();
    await eventually(() => first.holding, { what: 'the first' });
    second.start();
    await first.stop();
    await eventually(() => second.holding, { timeoutMs: 3_000, what: 'the second' });
    await second.stop();
    expect(done).toEqual(['a', 'a ends', 'b', 'b ends']);
    expect([first.holding, second.holding]).toEqual([false, false]);
  });

  it('that fails is begun anew long before its lease would have run out', async () => {
    let attempts = 0;
    const failing = workOf('failing', 'a', async (signal) => {
      attempts += 1;
      if (attempts < 3) throw new Error('a store is away');
      await untilAborted(signal);
    });
    failing.start();
    await eventually(() => attempts === 3, { timeoutMs: 5_000, what: 'the third attempt' });
    expect(failing.holding).toBe(true);
    await failing.stop();
  });

  it('is stopped while it waits for the lease', async () => {
    const held = await leases.acquire('waited-for', 'another');
    let begun = false;
    const waiting = workOf('waited-for', 'a', () => {
      begun = true;
      return Promise.resolve();
    });
    waiting.start();
    await waiting.stop();
    await held.release();
    expect(begun).toBe(false);
  });
});

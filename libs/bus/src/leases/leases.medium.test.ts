import { connect } from '@nats-io/transport-node';
import { silentLogger } from '../logger.js';
import { provisionBus } from '../provisioning/provision.js';
import { testRegistry } from '../testing/contracts.js';
import { eventually, type RunningNats, startNatsServer } from '../testing/index.js';
import { Leases } from './leases.js';

describe('leases', () => {
  let nats: RunningNats;
  let connections: Awaited<ReturnType<typeof connect>>[] = [];
  /** How far the first process's clock is ahead of its timers: what a process sees that was stopped for a while. */
  let stoppedMs = 0;
  /** How far the wall clock has moved while the monotonic one stood still: what a machine sees that was suspended. */
  let suspendedMs = 0;
  let first: Leases;
  let second: Leases;

  beforeEach(async () => {
    nats = await startNatsServer();
    connections = await Promise.all(
      [1, 2].map(() => connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 })),
    );
    const [one, two] = connections;
    if (one === undefined || two === undefined) throw new Error('not connected');
    await provisionBus(one, { estate: 'test', registry: testRegistry });
    stoppedMs = 0;
    suspendedMs = 0;
    const settings = { estate: 'test', logger: silentLogger };
    first = await Leases.open({
      ...settings,
      connection: one,
      now: () => performance.now() + stoppedMs,
      wallNow: () => Date.now() + suspendedMs,
    });
    second = await Leases.open({ ...settings, connection: two });
  });

  afterEach(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await nats.stop();
  });

  it('has one holder at a time, and gives the next a greater token', async () => {
    const held = await first.acquire('operation.1', 'a', { ttlMs: 1_000 });
    expect(held.isHeld()).toBe(true);
    expect(await second.tryAcquire('operation.1', 'b', { ttlMs: 1_000 })).toBeUndefined();
    expect(await second.holder('operation.1')).toMatchObject({ holder: 'a' });

    await held.release();
    const next = await second.acquire('operation.1', 'b', { ttlMs: 1_000 });

    expect(held.isHeld()).toBe(false);
    expect(held.signal.aborted).toBe(false);
    expect(next.token).toBeGreaterThan(held.token);
    await next.release();
  });

  it('is kept by renewing, with the token it was acquired with', async () => {
    const held = await first.acquire('x', 'a', { ttlMs: 1_000 });
    const token = held.token;
    const waiting = second.acquire('x', 'b', { ttlMs: 1_000 });

    const winner = await Promise.race([
      waiting.then(() => 'second'),
      eventually(() => undefined, { timeoutMs: 4_000 }).catch(() => 'first'),
    ]);

    expect(winner).toBe('first');
    expect(held.isHeld()).toBe(true);
    expect(held.token).toBe(token);
    await held.release();
    await (await waiting).release();
  });

  it('passes on when its holder is stopped, whose own clock then says no', async () => {
    const stopped = await first.acquire('x', 'a', { ttlMs: 1_000 });
    // The renewals of a stopped process do not happen: its connection is gone for as long.
    await connections[0]?.close();

    const taken = await second.acquire('x', 'b', { ttlMs: 1_000 });
    stoppedMs = 5_000;

    expect(stopped.isHeld()).toBe(false);
    expect(stopped.signal.aborted).toBe(true);
    expect(stopped.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    expect(taken.token).toBeGreaterThan(stopped.token);
    await taken.release();
  });

  it('knows without any timer that its time is over', async () => {
    const held = await first.acquire('x', 'a', { ttlMs: 10_000 });

    stoppedMs = 8_900;
    expect(held.isHeld()).toBe(true);
    stoppedMs = 9_100;
    expect(held.isHeld()).toBe(false);
    expect(() => held.assertHeld()).toThrow('lease x is not ours any more');
  });

  it('is over where the machine was suspended for longer, whose monotonic clock stood still', async () => {
    const held = await first.acquire('x', 'a', { ttlMs: 10_000 });

    suspendedMs = 8_900;
    expect(held.isHeld()).toBe(true);
    suspendedMs = 60_000;
    expect(held.isHeld()).toBe(false);
    expect(held.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
  });

  it('is lost before its time is over when NATS is gone', async () => {
    const held = await first.acquire('x', 'a', { ttlMs: 2_000 });
    const killedMs = performance.now();
    await nats.kill();

    await eventually(() => held.signal.aborted, { timeoutMs: 5_000 });

    expect(performance.now() - killedMs).toBeLessThan(2_000);
    expect(held.isHeld()).toBe(false);
  });

  it('survives a restart of NATS that is shorter than its time', async () => {
    const held = await first.acquire('x', 'a', { ttlMs: 6_000 });
    await nats.kill();
    await nats.restart();
    const restartedMs = performance.now();

    await eventually(() => performance.now() - restartedMs > 6_500, { timeoutMs: 10_000, pauseMs: 100 });

    expect(held.isHeld()).toBe(true);
    await held.release();
  });

  it('refuses a time that the bucket cannot keep', async () => {
    await expect(first.tryAcquire('x', 'a', { ttlMs: 60_000 })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});

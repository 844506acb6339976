import 'reflect-metadata';
import { eventually, FaultProxy } from '@novacron/bus/testing';
import { FailoverWorld } from './testing/failover-world.js';
import { WriteGuard } from './testing/write-guard.js';

const limitMs = 240_000;
const ttlMs = 10_000;

/** Where commits wait for nobody and no power switch is there, the write lease is what lets a failover happen without a human. */
describe('a failover that rests on a write lease', () => {
  let world: FailoverWorld;
  let way: FaultProxy;
  let guard: WriteGuard;

  beforeEach(async () => {
    const fences = [{ site: 'primary', lease: { ttl: '10s', margin: '2s' } }];
    world = await FailoverWorld.start({ asynchronous: true, rpo: '1h', failover: { fenceRequired: 'L0', fences } });
    await world.primary.member.query('create table written (at timestamptz default clock_timestamp())');
    way = await FaultProxy.to(Number(new URL(world.nats.url).port));
    guard = WriteGuard.start(world.primary, {
      estateFile: world.estateFile,
      natsUrl: `nats://127.0.0.1:${way.port}`,
    });
    await eventually(async () => (await keeperSeen()) !== undefined, {
      what: 'a guard that is seen',
      timeoutMs: 60_000,
    });
  }, limitMs);
  afterEach(async () => {
    guard?.kill();
    await way?.stop();
    await world?.stop();
  }, limitMs);

  const keeperSeen = async (): Promise<string | undefined> =>
    (await world.state<{ leaseKeeper?: string }>('replication.novacron')).leaseKeeper;

  /** Writes to the old primary until it is closed. Returns when it last acknowledged a commit, milliseconds since 1970. */
  const writeOn = async (): Promise<number> => {
    let lastMs = 0;
    try {
      for (;;) {
        await world.primary.member.query('insert into written default values', [], { timeoutMs: 2_000 });
        lastMs = Date.now();
      }
    } catch {
      return lastMs;
    }
  };
  /** When the fence was confirmed, milliseconds since 1970, or a moment later: nothing is promoted before. */
  const fencedMs = async (): Promise<number> => {
    await world.event('failover-step-done', ({ step }) => step === 'confirm-fence');
    return Date.now();
  };

  it(
    'goes on as soon as the guard has closed the old primary, which lives',
    async () => {
      const last = writeOn();
      const { operationId } = await world.start();
      const fenced = await fencedMs();
      expect(world.primary.pid()).toBeUndefined();
      expect(await world.ended(operationId)).toBe('completed');
      expect(await world.event('failover-completed')).toMatchObject({ fenceLevel: 'L0', toSite: 'secondary' });
      expect(await last).toBeLessThan(fenced);
      expect(guard.said).toMatch(/has revoked the right to take writes/u);
    },
    limitMs,
  );

  it(
    'waits for the end of the lease where the guard cannot be told, and the old primary is closed by then',
    async () => {
      const last = writeOn();
      await way.set('silent');
      const { operationId } = await world.start();
      const beganMs = Date.now();
      const fenced = await fencedMs();
      expect(world.primary.pid()).toBeUndefined();
      expect(fenced).toBeGreaterThan(beganMs + ttlMs);
      // The guard closes it a margin before the lease is over; the failover waits for a margin after that.
      expect(await last).toBeLessThan(fenced - 1_000);
      expect(await world.ended(operationId)).toBe('completed');
      expect(await world.event('failover-completed')).toMatchObject({ fenceLevel: 'L0' });
    },
    limitMs,
  );

  it(
    'is not made where nobody kept the lease while the server was seen: a human is told what is missing',
    async () => {
      guard.kill();
      await eventually(async () => (await keeperSeen()) === undefined, { timeoutMs: 60_000, what: 'the guard gone' });
      const { operationId } = await world.start();
      expect(await world.ended(operationId)).toBe('rolled-back');
      const { reason } = await world.status(operationId);
      expect(reason).toMatch(/the fence around primary reached L4, policy asks for L0/u);
      expect(reason).toMatch(/no write guard of novacron on primary answers, .*; the estate names no power switch/u);
      expect(await world.primary.member.status()).toMatchObject({ inRecovery: false });
      expect(await world.state('write-lease.novacron.primary')).toMatchObject({ state: 'left' });
    },
    limitMs,
  );
});

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@novacron/bus/testing';
import { QueryHealthStatus, type Report } from '@novacron/contracts';
import { slowConsumer, storm } from './testing/bus-storm.js';
import { intervalMs, ReplicaWorld, wellChecks } from './testing/replica-world.js';

const patientMs = 240_000;
const windowMs = 4 * intervalMs;
const nanosecondsInMs = 1_000_000;
const names = ['a', 'b', 'c'];

describe('what never delays a check', () => {
  let world: ReplicaWorld;
  /** Looks at the checks that are well in one window while nothing is wrong, on this machine as it is. */
  let usual = 0;

  const looksInWindow = async (): Promise<number> => {
    const sinceMs = performance.now();
    await sleep(windowMs);
    return world.looksSince(sinceMs).reduce((sum, looks) => sum + looks, 0);
  };

  /** As many looks as ever; a machine that others use gets half of it forgiven, and what waits for another would lose more. */
  const expectUndelayed = async (): Promise<void> => {
    const sinceMs = performance.now();
    expect(await looksInWindow()).toBeGreaterThan(usual / 2);
    for (const looks of world.looksSince(sinceMs)) expect(looks).toBeGreaterThan(0);
  };

  beforeAll(async () => {
    world = await ReplicaWorld.start({ otherChecks: 100 });
    await Promise.all(names.map((name) => world.startReplica(name)));
    await world.shared(names);
    await eventually(() => world.looksSince(0).every((looks) => looks > 1), { timeoutMs: 60_000 });
    usual = await looksInWindow();
  }, patientMs);

  afterAll(async () => world?.stop());

  it(
    'a hundred targets that take connections and answer nothing',
    async () => {
      expect(usual).toBeGreaterThan(wellChecks);
      world.hangs = true;
      try {
        await eventually(async () => (await stateOf('other-0')) === 'failed', { timeoutMs: 90_000, what: 'they hang' });
        await expectUndelayed();
      } finally {
        world.hangs = false;
      }
      await eventually(async () => (await stateOf('other-0')) === 'ok', { timeoutMs: 90_000, what: 'they answer' });
    },
    patientMs,
  );

  it(
    'a client of the bus that asks for everything and reads nothing',
    async () => {
      const socket = await slowConsumer(world.nats.url);
      try {
        await expectUndelayed();
      } finally {
        socket.destroy();
      }
    },
    patientMs,
  );

  it(
    'a storm of notifications and events',
    async () => {
      const blowing = storm(world.bus);
      try {
        await expectUndelayed();
      } finally {
        expect(await blowing.stop()).toBeGreaterThan(10_000);
      }
    },
    patientMs,
  );

  it(
    'a process that is killed while that storm goes on: its checks are taken over, none is missed, none looked at twice',
    async () => {
      const blowing = storm(world.bus);
      // Looks are noted by this process, which the storm keeps from noting them when they come.
      const ownDelay = monitorEventLoopDelay({ resolution: 10 });
      ownDelay.enable();
      try {
        await sleep(windowMs / 2);
        const killedMs = performance.now();
        await world.replicas.get('b')?.kill();
        await world.shared(['a', 'c']);
        const takenMs = performance.now() - killedMs;
        await eventually(() => world.looksSince(killedMs).every((looks) => looks > 1), { timeoutMs: 60_000 });
        const { longestMs, shortestMs } = world.gapsSince(killedMs);
        // How late this machine lets a look be that nobody else's death delays.
        const lateMs = (await latestMs()) + ownDelay.max / nanosecondsInMs;

        expect(takenMs).toBeLessThan(intervalMs + lateMs + 2_000);
        expect(longestMs).toBeLessThan(2.1 * intervalMs + 2 * lateMs + 1_000);
        expect(shortestMs).toBeGreaterThan(0.8 * intervalMs - 2 * lateMs - 200);
      } finally {
        ownDelay.disable();
        await blowing.stop();
      }
    },
    patientMs,
  );

  async function report(query: Partial<QueryHealthStatus>): Promise<Report['report']> {
    const asked = Object.assign(new QueryHealthStatus(), query);
    return (await world.bus.request<Report>(asked, { timeoutMs: 5_000 })).report;
  }

  async function stateOf(check: string): Promise<string | undefined> {
    type Sites = Record<string, { checks: Record<string, { vantages: Record<string, { opinion: string }> }> }>;
    const sites = (await report({ site: 'secondary', check }))['sites'] as Sites;
    return sites['secondary']?.checks[check]?.vantages['alpha']?.opinion;
  }

  /** The latest look of those processes that answer, of ten questions. */
  async function latestMs(): Promise<number> {
    let latest = 0;
    for (let i = 0; i < 10; i += 1)
      latest = Math.max(latest, ((await report({}))['pace'] as { latestMs: number }).latestMs);
    return latest;
  }
});

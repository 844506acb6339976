import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@novacron/bus/testing';
import { deadChecks, intervalMs, ReplicaWorld, wellChecks } from './testing/replica-world.js';

const patientMs = 240_000;

describe('several processes of one vantage', () => {
  let world: ReplicaWorld;

  beforeAll(async () => {
    world = await ReplicaWorld.start();
    await world.startReplica('a');
  }, 180_000);

  afterAll(async () => world?.stop());

  const everyCheckAgain = (sinceMs: number): Promise<boolean> =>
    eventually(() => world.looksSince(sinceMs).every((looks) => looks > 0), { timeoutMs: 60_000 });

  it(
    'each take a part of the checks, as they come',
    async () => {
      expect(await world.shared(['a'])).toEqual([wellChecks + deadChecks]);
      await Promise.all(['b', 'c'].map((name) => world.startReplica(name)));
      for (const share of await world.shared(['a', 'b', 'c'])) expect(share).toBeGreaterThan(5);
    },
    patientMs,
  );

  it(
    'look at none twice and miss none',
    async () => {
      const sinceMs = performance.now();
      await sleep(4 * intervalMs);
      for (const looks of world.looksSince(sinceMs)) {
        // Four on average; one more or less by jitter and by where the window begins.
        expect(looks).toBeGreaterThanOrEqual(2);
        expect(looks).toBeLessThanOrEqual(6);
      }
    },
    patientMs,
  );

  it(
    'take over what a killed one had, within one interval, its counts where they were',
    async () => {
      await eventually(
        () => world.counts.size === deadChecks && [...world.counts.values()].every((all) => (all.at(-1) ?? 0) > 4),
        { timeoutMs: 60_000 },
      );
      const marks = new Map([...world.counts].map(([check, all]) => [check, all.length]));
      const killedMs = performance.now();
      await world.replicas.get('b')?.kill();
      await world.shared(['a', 'c']);
      const takenMs = performance.now() - killedMs;
      await everyCheckAgain(killedMs);

      // Seven tenths of an interval, and what a busy machine takes besides.
      expect(takenMs).toBeLessThan(intervalMs + 15_000);
      await eventually(() => [...world.counts].every(([check, all]) => all.length > (marks.get(check) ?? 0) + 1), {
        timeoutMs: 60_000,
      });
      for (const [check, all] of world.counts) {
        const after = all.slice(marks.get(check));
        expect(Math.min(...after)).toBeGreaterThan(3);
      }
    },
    patientMs,
  );

  it(
    'keep what they have while the bus is away, and go on together afterwards',
    async () => {
      await world.nats.kill();
      await sleep(2 * intervalMs);
      const sinceMs = performance.now();
      await world.nats.restart();
      await everyCheckAgain(sinceMs);
      const settledMs = performance.now();
      await sleep(3 * intervalMs);
      for (const looks of world.looksSince(settledMs)) expect(looks).toBeLessThanOrEqual(5);
      await world.shared(['a', 'c']);
    },
    patientMs,
  );

  it(
    'take over at once from one that leaves',
    async () => {
      const leftMs = performance.now();
      await world.replicas.get('c')?.kill('SIGTERM');
      expect(await world.shared(['a'])).toEqual([wellChecks + deadChecks]);
      await everyCheckAgain(leftMs);
    },
    patientMs,
  );
});

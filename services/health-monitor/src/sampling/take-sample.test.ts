import { DrError } from '@novacron/contracts';
import type { Probe } from '../checks/probe.js';
import { takeSample } from './take-sample.js';

const limits = { timeoutMs: 1_500, slowAfterMs: 500 };
const sees = { reachable: true, confirm: async () => true };
const probe = (look: Probe['probe']): Probe => ({ probe: look });
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const failing = probe(() => Promise.reject(new DrError('UNREACHABLE', 'refused')));

describe('one look', () => {
  it('is ok when the target is well in time, degraded when that took long', async () => {
    expect(
      await takeSample(
        probe(async () => {}),
        sees,
        limits,
      ),
    ).toMatchObject({ state: 'ok' });
    expect(
      await takeSample(
        probe(() => after(700)),
        sees,
        limits,
      ),
    ).toMatchObject({
      state: 'degraded',
      problem: expect.stringContaining('slow is above 500 ms') as string,
    });
  });

  it('has failed with the reason, whatever was thrown', async () => {
    expect(await takeSample(failing, sees, limits)).toMatchObject({ state: 'failed', problem: 'refused' });
    const bug = probe(() => Promise.reject(new TypeError('x'.repeat(9_000))));
    expect((await takeSample(bug, sees, limits)).problem).toHaveLength(500);
  });

  it('ends in time, also where the check does not heed its signal', async () => {
    let aborted = false;
    const deaf = probe((signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    });
    const look = await takeSample(deaf, sees, limits);

    expect(look).toMatchObject({ state: 'failed', problem: 'no answer within 1500 ms' });
    expect(look.latencyMs).toBeLessThan(1_900);
    expect(aborted).toBe(true);
  });

  it('says what it was waiting for when its time was over, where the check knows', async () => {
    const heeding = probe(
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () =>
            setImmediate(() => reject(new DrError('TIMEOUT', 'gave no first byte'))),
          ),
        ),
    );
    expect(await takeSample(heeding, sees, limits)).toMatchObject({ state: 'failed', problem: 'gave no first byte' });
  });

  it('is degraded where the check finds that it is, and keeps where the time went', async () => {
    const found = probe(async () => ({ degraded: 'it is behind', timings: { connectMs: 2 } }));
    expect(await takeSample(found, sees, limits)).toMatchObject({
      state: 'degraded',
      problem: 'it is behind',
      timings: { connectMs: 2 },
    });
  });

  it('is degraded when it is our own settings that do not fit', async () => {
    const refused = probe(() => Promise.reject(new DrError('INVALID_CONFIG', 'login refused')));
    expect(await takeSample(refused, sees, limits)).toMatchObject({ state: 'degraded', problem: 'login refused' });
  });

  it('is unknown, and not even tried, while the witness cannot be reached', async () => {
    let tried = 0;
    const counting = probe(async () => void (tried += 1));
    expect(await takeSample(counting, { ...sees, reachable: false }, limits)).toMatchObject({ state: 'unknown' });
    expect(tried).toBe(0);
  });

  it('is unknown when the witness cannot be reached right after the failure', async () => {
    const blind = { reachable: true, confirm: async () => false };
    expect(await takeSample(failing, blind, limits)).toMatchObject({ state: 'unknown' });
  });

  it('is unknown when our own process stood still', async () => {
    const frozen = probe(async () => {
      const until = performance.now() + 2_200;
      while (performance.now() < until);
    });
    expect(await takeSample(frozen, sees, limits)).toMatchObject({
      state: 'unknown',
      problem: expect.stringContaining('held up') as string,
    });
  });
});

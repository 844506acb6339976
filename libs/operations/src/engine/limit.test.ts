import { DrError } from '@novacron/contracts';
import { backoffMs, limited } from './limit.js';

const never = new AbortController().signal;
const limit = { what: 'it', timeoutMs: 20, signal: never, graceMs: 20 };

describe('limited work', () => {
  it('gives what the work gives', async () => {
    await expect(limited(limit, async () => 7)).resolves.toBe(7);
  });

  it('throws what the work throws', async () => {
    const fault = new DrError('CONFLICT', 'no');
    await expect(limited(limit, () => Promise.reject(fault))).rejects.toBe(fault);
  });

  it('is told to end in time, and its own error is not the reason given', async () => {
    const heeds = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('socket closed'))));
    await expect(limited(limit, heeds)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  });

  it('is left behind after the grace when it does not heed its signal', async () => {
    await expect(limited(limit, () => new Promise(() => {}))).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('does not begin when it may not', async () => {
    let begun = false;
    const signal = AbortSignal.abort(new DrError('LEASE_LOST', 'gone'));
    const work = async (): Promise<void> => {
      begun = true;
    };
    await expect(limited({ ...limit, signal }, work)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(begun).toBe(false);
  });

  it('is not taken for done when it ended after it was told to end', async () => {
    const outer = new AbortController();
    const work = async (signal: AbortSignal): Promise<string> => {
      outer.abort(new DrError('LEASE_LOST', 'gone'));
      return signal.aborted ? 'late' : 'in time';
    };
    await expect(limited({ ...limit, signal: outer.signal }, work)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
});

describe('backing off', () => {
  it.each([
    [1, 0, 50],
    [1, 1, 100],
    [2, 1, 200],
    [4, 1, 800],
    [9, 1, 1_000],
    [9, 0, 500],
  ])('after %i failures, chance %i, waits %i ms', (failures, chance, expected) => {
    expect(backoffMs(failures, () => chance, 100, 1_000)).toBe(expected);
  });
});

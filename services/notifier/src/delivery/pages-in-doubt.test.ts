import { jest } from '@jest/globals';
import { type Leave, PagesInDoubt } from './pages-in-doubt.js';

const longMs = 60_000;
let pages: PagesInDoubt;

beforeEach(() => {
  jest.useFakeTimers();
  pages = new PagesInDoubt();
});
afterEach(() => jest.useRealTimers());

/** What has happened when everything that could go on has gone on. */
async function inside(channel: string, maxWaitMs = longMs): Promise<{ leave?: Leave; refused?: true }> {
  const stay: { leave?: Leave; refused?: true } = {};
  void pages.enter(channel, maxWaitMs).then((leave) => {
    if (leave === undefined) stay.refused = true;
    else stay.leave = leave;
  });
  await jest.advanceTimersByTimeAsync(0);
  return stay;
}

describe('pages that would be in doubt', () => {
  it('are with one provider at a time, whatever their channels, and go in their order', async () => {
    const first = await inside('mail');
    const second = await inside('slack');
    const third = await inside('mail');
    expect([first.leave, second.leave, third.leave].map((leave) => leave !== undefined)).toEqual([true, false, false]);
    expect(pages.waitingFor('mail')).toBe(1);
    first.leave?.(true);
    await jest.advanceTimersByTimeAsync(0);
    expect([second.leave, third.leave].map((leave) => leave !== undefined)).toEqual([true, false]);
    second.leave?.(true);
    await jest.advanceTimersByTimeAsync(0);
    expect(third.leave).toBeDefined();
  });

  it('wait two seconds for a silent provider, once: then it has a lane of its own until it answers', async () => {
    const hung = await inside('mail');
    const other = await inside('slack');
    const behind = await inside('mail');
    await jest.advanceTimersByTimeAsync(1_999);
    expect(other.leave).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    expect([other.leave, behind.leave].map((leave) => leave !== undefined)).toEqual([true, false]);
    other.leave?.(true);

    // The attempt ends without an answer: the next one of this channel keeps nobody waiting.
    hung.leave?.(false);
    await jest.advanceTimersByTimeAsync(0);
    expect(behind.leave).toBeDefined();
    const besides = await inside('slack');
    expect(besides.leave).toBeDefined();
    besides.leave?.(true);

    behind.leave?.(true);
    const again = await inside('mail');
    const waits = await inside('slack');
    expect([again.leave, waits.leave].map((leave) => leave !== undefined)).toEqual([true, false]);
  });

  it('come back later when there is no place for long', async () => {
    const first = await inside('mail');
    const second = await inside('mail', 500);
    await jest.advanceTimersByTimeAsync(500);
    expect(second).toEqual({ refused: true });
    first.leave?.(true);
    expect((await inside('mail')).leave).toBeDefined();
  });
});

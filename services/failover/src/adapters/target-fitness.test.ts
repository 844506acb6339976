import type { PostgresMember } from '@novacron/drivers';
import { lookAtTarget } from './target-fitness.js';

const row = {
  connections: 100,
  senders: 4,
  slots: 4,
  version: 150_018,
  now_ms: Date.now(),
  received: null,
  replayed: null,
};
const gib = 1_073_741_824;

/** A server that answers, with data where nobody here can look. */
function memberWith(freeBytes?: (signal?: AbortSignal) => Promise<number | undefined>): PostgresMember {
  const control = freeBytes === undefined ? undefined : { freeBytes };
  return {
    ...{ name: 'dr', query: () => Promise.resolve([row]), options: { dataDir: '/nowhere/at/all', control } },
  } as unknown as PostgresMember;
}
const look = (member: PostgresMember, whenUnknown: 'record' | 'short' = 'record') =>
  lookAtTarget(member, { whenUnknown }, { standbys: 0 }, { timeoutMs: 200 });

describe('the free disk of a target whose data directory is elsewhere', () => {
  it('is what the agent there says, and held against what is needed', async () => {
    expect(await look(memberWith(() => Promise.resolve(5 * gib)))).toMatchObject({ unknown: [], short: [] });
    const full = await look(memberWith(() => Promise.resolve(gib / 2)));
    expect(full.short).toEqual(['has 512 MiB free on its disk, 1 GiB are needed']);
  });

  it.each([
    ['there is no agent', undefined],
    ['the agent does not tell', () => Promise.resolve(undefined)],
    ['the agent is gone', () => Promise.reject(new Error('refused'))],
    [
      'the agent is silent',
      (signal?: AbortSignal) =>
        new Promise<undefined>((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    ],
  ])('is called unknown where %s, and policy says what that counts as', async (_title, freeBytes) => {
    expect(await look(memberWith(freeBytes))).toMatchObject({ unknown: ['how much of its disk is free'], short: [] });
    expect((await look(memberWith(freeBytes), 'short')).short).toEqual([expect.stringMatching(/nobody can tell/u)]);
  });
});

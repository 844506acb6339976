import { isRevoked, mustStayClosed, overAfterMs, revoked, type WriteLeaseRecord } from './write-lease.js';

const held: WriteLeaseRecord = { state: 'held', epoch: 4, holder: 'g1', ttlMs: 10_000, marginMs: 2_000 };
const revocation = { operationId: 'failover-1', epoch: 4, lastHolder: 'g1' };

describe('a write lease that is revoked', () => {
  it.each([
    ['held by the guard that was alive while its server was', held, 'g1', true],
    ['held by a guard that was never seen to renew it', held, undefined, false],
    ['held by another guard than the one that was seen', held, 'g2', false],
    ['of an earlier epoch', { ...held, epoch: 3 }, 'g1', false],
    ['left by its guard in order', { ...held, state: 'left' as const }, 'g1', false],
    ['closed for an earlier operation', { ...held, state: 'closed' as const, operationId: 'failover-0' }, 'g1', false],
    ['never held', undefined, 'g1', false],
  ])('%s', (_name, before, lastHolder, counts) => {
    const after = revoked(before, { ...revocation, lastHolder });
    expect(after).toMatchObject({ state: 'revoked', operationId: 'failover-1', epoch: 4, counts });
    expect(overAfterMs(after)).toBe(counts ? 12_000 : undefined);
  });

  it('stays as it is when the same operation asks again, also once the guard has answered', () => {
    const first = revoked(held, revocation);
    expect(revoked(first, { ...revocation, lastHolder: undefined })).toBe(first);
    const closed: WriteLeaseRecord = { ...first, state: 'closed' };
    expect(revoked(closed, revocation)).toBe(closed);
    expect(overAfterMs(closed)).toBe(0);
  });

  it('is over by the guard’s own answer where no time makes it so', () => {
    const doubtful = revoked(held, { ...revocation, lastHolder: undefined });
    expect(overAfterMs(doubtful)).toBeUndefined();
    expect(overAfterMs({ ...doubtful, state: 'closed' })).toBe(0);
  });

  it('keeps its server closed in its own epoch, and no longer', () => {
    const record = revoked(held, revocation);
    expect(isRevoked(record)).toBe(true);
    expect([3, 4, 5].map((epoch) => mustStayClosed(record, epoch))).toEqual([true, true, false]);
    expect(mustStayClosed(held, 4)).toBe(false);
    expect(mustStayClosed(undefined, 4)).toBe(false);
  });

  it('is never over while it is held or was left', () => {
    expect([held, { ...held, state: 'left' as const }].map(overAfterMs)).toEqual([undefined, undefined]);
  });
});

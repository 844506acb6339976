import type { PostgresMember } from '@novacron/drivers';
import { closePromoted } from './close-promoted.js';

/** A server that is still in recovery when its promotion is taken back. */
function standby({ closed, canBeStopped }: { readonly closed: boolean; readonly canBeStopped: boolean }) {
  const calls: string[] = [];
  const member = {
    name: 'secondary',
    options: canBeStopped ? { control: {} } : {},
    status: async () => ({ inRecovery: true }),
    closedState: async () => ({ closed }),
    stayStandby: async () => void calls.push('stays'),
    stopFast: async () => void calls.push('stopped'),
  };
  const take = () =>
    closePromoted(
      member as unknown as PostgresMember,
      { epoch: 2, operationId: 'failover-1' },
      AbortSignal.timeout(1_000),
    );
  return { calls, take };
}

describe('a promotion that is taken back before recovery has ended', () => {
  it('leaves a standby that was not asked yet what it is', async () => {
    const { calls, take } = standby({ closed: false, canBeStopped: true });
    await take();
    expect(calls).toEqual(['stays']);
  });

  it('stops one that was asked: it would be a primary as soon as it has replayed everything', async () => {
    const { calls, take } = standby({ closed: true, canBeStopped: true });
    await take();
    expect(calls).toEqual(['stopped']);
  });

  it('is left to a person where nobody can stop it', async () => {
    const { calls, take } = standby({ closed: true, canBeStopped: false });
    await expect(take()).rejects.toMatchObject({ code: 'PRECONDITION_FAILED', retryable: false });
    expect(calls).toEqual([]);
  });
});

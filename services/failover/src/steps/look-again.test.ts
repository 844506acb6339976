import { DrError } from '@novacron/contracts';
import type { StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { ReplicationMemory } from '../adapters/replication-memory.js';
import type { FailoverParams } from './failover-params.js';
import { lookAgain } from './look-again.js';

const minuteMs = 60_000;

/** The second look of a failover that somebody goes on with, at a primary that answers or does not. */
function looking({ answers, attempt, agoMs = minuteMs }: { answers: boolean; attempt: number; agoMs?: number }) {
  const primary = {
    name: 'primary',
    status: async () => {
      if (!answers) throw new DrError('UNREACHABLE', 'it is gone');
      return { inRecovery: false };
    },
  };
  const database = { settings: { name: 'novacron', members: [], links: [] }, members: new Map([['primary', primary]]) };
  const targets = { estate: { sites: [] }, databases: [database] } as unknown as FailoverTargets;
  const params = {
    ...{ from: 'primary', decidedAt: new Date(Date.now() - agoMs).toISOString() },
    verdict: { confidence: 0.95, tiers: [] },
  } as unknown as FailoverParams;
  const context = { params, attempt } as StepContext<FailoverParams>;
  return lookAgain(targets, {} as ReplicationMemory).run(context, { looked: false });
}

describe('a failover that somebody goes on with', () => {
  it('is not for a primary that has come back since its first instance died', async () => {
    await expect(looking({ answers: true, attempt: 2 })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: 'primary answers again and takes writes: nothing has to be moved',
    });
  });

  it('goes on where the primary is still gone', async () => {
    await expect(looking({ answers: false, attempt: 2 })).resolves.toEqual({ looked: true });
  });

  it.each([
    ['the look before the first change was just now', { answers: true, attempt: 1 }],
    ['the decision was', { answers: true, attempt: 2, agoMs: 0 }],
  ])('does not look once more where %s', async (_title, how) => {
    await expect(looking(how)).resolves.toEqual({ looked: false });
  });
});

import type { StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { confirmFence } from './confirm-fence.js';
import type { Fencing } from './end-lease.js';
import type { FailoverParams } from './failover-params.js';

const results = new Map<string, unknown>([
  ['fence-route', { backends: 0 }],
  ['fence-commits', { cut: [], commitsBlocked: false }],
]);
const estate = { failover: { fences: [] } };
const targets = { estate, powerOf: () => undefined, leaseOf: () => undefined } as unknown as FailoverTargets;

/** What is made of a fence that reached nothing. */
const weighed = (change: Partial<FailoverParams>): Promise<unknown> => {
  const params = { from: 'primary', fenceRequired: 'L2', allowDataLoss: false, ...change } as FailoverParams;
  const signal = AbortSignal.timeout(10_000);
  const context = { params, results, signal, operationId: 'failover-1' } as unknown as StepContext<FailoverParams>;
  return confirmFence({ targets } as Fencing).run(context, undefined);
};

const verdict = { confidence: 0.95, tiers: [] };
const insufficient = { code: 'FENCE_INSUFFICIENT' };

describe('a fence that does not suffice', () => {
  it('stops the failover', async () => {
    await expect(weighed({})).rejects.toMatchObject(insufficient);
    await expect(weighed({ verdict })).rejects.toMatchObject(insufficient);
  });

  it('stops it also where somebody has agreed to what would be lost, and to nothing else', async () => {
    await expect(weighed({ verdict, allowDataLoss: true })).rejects.toMatchObject(insufficient);
  });

  it('does not, where a person took that risk after an attempt that it stopped, or commands it', async () => {
    await expect(weighed({ verdict, fenceRiskAccepted: true })).resolves.toMatchObject({ level: 'L4' });
    await expect(weighed({ allowDataLoss: true })).resolves.toMatchObject({ level: 'L4' });
  });
});

import type { Epoch, Epochs } from '@novacron/bus';
import type { StepContext } from '@novacron/operations';
import { advanceEpoch, isOvertaken } from './advance-epoch.js';
import type { FailoverParams } from './failover-params.js';

const params = { from: 'primary', epochRevision: 5 } as FailoverParams;
const held = (revision: number, operationId: string): Epoch =>
  ({ epoch: revision, site: 'dr', operationId, revision }) as Epoch;

describe('an operation that goes on', () => {
  it.each<[string, Epoch | undefined, boolean]>([
    ['before it has moved the epoch', held(5, 'failover-0'), false],
    ['in the epoch that it made', held(6, 'failover-1'), false],
    ['in the epoch that its own undo made', held(7, 'failover-1-undone'), false],
    ['where no epoch is recorded', undefined, false],
    ['after another one has moved service', held(6, 'failover-2'), true],
    ['after another one was undone', held(8, 'failover-2-undone'), true],
  ])('%s', (_title, now, expected) => {
    expect(isOvertaken(now, 'failover-1', params)).toBe(expected);
  });

  const undone = async (now: Epoch, results = new Map([['advance-epoch', { epoch: 6 }]])): Promise<unknown[]> => {
    const advanced: unknown[] = [];
    const epochs = { current: async () => now, advance: async (...args: unknown[]) => void advanced.push(args) };
    const context = { operationId: 'failover-1', params, results } as unknown as StepContext<FailoverParams>;
    await advanceEpoch(epochs as unknown as Epochs).undo?.(context, undefined);
    return advanced;
  };

  it('gives the epoch back when it is undone, once', async () => {
    const back = { site: 'primary', operationId: 'failover-1-undone' };
    expect(await undone(held(6, 'failover-1'))).toEqual([[6, back]]);
    expect(await undone(held(7, 'failover-1-undone'))).toEqual([]);
    expect(await undone(held(5, 'failover-0'))).toEqual([]);
  });

  it('undoes nothing more once another one has moved service', async () => {
    await expect(undone(held(6, 'failover-2'))).rejects.toMatchObject({
      ...{ code: 'EPOCH_MISMATCH', retryable: false },
      message: expect.stringContaining('dr holds epoch 6, by failover-2') as string,
    });
  });

  it('puts back what it did before the epoch that was refused to it', async () => {
    expect(await undone(held(6, 'failover-2'), new Map())).toEqual([]);
  });
});

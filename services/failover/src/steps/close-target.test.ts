import type { Epoch, Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';
import type { StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { closeTarget } from './close-target.js';
import type { FailoverParams } from './failover-params.js';

interface Found {
  readonly inRecovery?: boolean;
  readonly holder?: string;
}

/** What is done to the standby when its closing is taken back, and what is said of it. */
async function undone({ inRecovery, holder = 'failover-0' }: Found): Promise<string[]> {
  const calls: string[] = [];
  const member = {
    name: 'secondary',
    status: async () => {
      if (inRecovery === undefined) throw new DrError('UNREACHABLE', 'refused');
      return { inRecovery };
    },
    stayStandby: async () => void calls.push('opened'),
  } as unknown as PostgresMember;
  const targets = { databases: [{ settings: { name: 'novacron' }, members: new Map([['secondary', member]]) }] };
  const now: Epoch = { epoch: 6, site: 'dr', operationId: holder, revision: holder === 'failover-0' ? 5 : 6 } as Epoch;
  const context = {
    operationId: 'failover-1',
    params: { mode: 'planned', from: 'primary', to: 'secondary', epochRevision: 5 } as FailoverParams,
    results: new Map(),
    signal: AbortSignal.timeout(1_000),
    logger: { warn: (message: string) => void calls.push(message) },
  } as unknown as StepContext<FailoverParams>;
  const step = closeTarget(targets as unknown as FailoverTargets, { current: async () => now } as unknown as Epochs);
  await step.undo?.(context, undefined);
  return calls;
}

describe('a standby whose closing is taken back', () => {
  it.each<[string, Found, string[]]>([
    ['is opened', { inRecovery: true }, ['opened']],
    ['is opened by an operation whose own epoch this is', { inRecovery: true, holder: 'failover-1' }, ['opened']],
    ['stays closed for another operation that promotes it by now', { inRecovery: true, holder: 'failover-2' }, []],
    ['is left to whoever promoted it', { inRecovery: false }, []],
    ['is only said to be silent where it does not answer', {}, ['a standby was not opened again']],
  ])('%s', async (_title, found, expected) => {
    expect(await undone(found)).toEqual(expected);
  });
});

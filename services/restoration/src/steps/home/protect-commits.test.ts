import type { StepContext } from '@novacron/operations';
import type { RestorationTargets } from '../../adapters/restoration-targets.js';
import { protectCommits } from './protect-commits.js';
import type { RestorationParams } from './restoration-params.js';

const context = {
  params: { from: 'secondary', to: 'primary', epoch: 2, reason: 'home' } satisfies RestorationParams,
  signal: AbortSignal.timeout(30_000),
} as StepContext<RestorationParams>;

/** A step whose undo is told what runs, look by look, and whether service is where it was by then. */
function undoing({ running, stays }: { readonly running: readonly (string | undefined)[]; readonly stays: boolean }) {
  const restored: string[] = [];
  const looks = [...running];
  const member = {
    name: 'secondary',
    restoreSynchronousStandbyNames: async (setting: string) => void restored.push(setting),
  };
  const database = { settings: { name: 'novacron' }, members: new Map([['secondary', member]]) };
  const step = protectCommits({ databases: [database] } as unknown as RestorationTargets, {
    watch: { isWherePlanned: async () => looks.length === 0 && stays },
    failover: { running: async () => looks.shift() },
  });
  return { restored, undo: () => step.undo?.(context, { novacron: 'FIRST 1 (dr)' }) };
}

describe('the wait for the home site, taken back', () => {
  it('is taken back where service is still where it was', async () => {
    const { restored, undo } = undoing({ running: [undefined], stays: true });
    await undo();
    expect(restored).toEqual(['FIRST 1 (dr)']);
  });

  it('stays where service has been moved: the site that lost it is fenced by it', async () => {
    const { restored, undo } = undoing({ running: [undefined], stays: false });
    await undo();
    expect(restored).toEqual([]);
  });

  it('stays until a failover has ended, and for good where that moved service', async () => {
    const { restored, undo } = undoing({ running: ['failover-1', 'failover-1', undefined], stays: false });
    await undo();
    expect(restored).toEqual([]);
  });

  it('is taken back after a failover that moved nothing', async () => {
    const { restored, undo } = undoing({ running: ['failover-1', undefined], stays: true });
    await undo();
    expect(restored).toEqual(['FIRST 1 (dr)']);
  });
});

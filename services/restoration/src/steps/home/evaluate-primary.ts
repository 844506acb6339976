import { DrError, type ProblemDetail } from '@novacron/contracts';
import { powerSwitch } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import { memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import { requireReady } from '../../domain/readiness.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

/** The home site has power, its servers can be started and stopped, and the active site alone takes writes. */
export function evaluatePrimary(
  targets: RestorationTargets,
): Step<RestorationParams, undefined, RestorationResults['evaluate-primary']> {
  const powerOf = async (site: string, signal: AbortSignal): Promise<'on' | 'off' | 'not-asked'> => {
    const fence = targets.fenceOf(site);
    const power = fence === undefined ? undefined : powerSwitch(fence, targets.context);
    if (power === undefined) return 'not-asked';
    return (await power.isOff({ timeoutMs: 10_000, signal })) ? 'off' : 'on';
  };
  const controlProblems = async (site: string, signal: AbortSignal): Promise<ProblemDetail[]> => {
    const asked = targets.databases.map(async (database) => {
      const path = `${database.settings.name} on ${site}`;
      const { control, dataDir } = memberOn(database, site).options;
      if (control === undefined) return [{ path, problem: 'the estate does not say how it is started and stopped' }];
      if (dataDir === undefined) return [{ path, problem: 'the estate does not say where its data are' }];
      return control.isRunning(signal).then(
        () => [],
        (error: unknown) => [{ path, problem: DrError.from(error).message }],
      );
    });
    return (await Promise.all(asked)).flat();
  };
  return {
    name: 'evaluate-primary',
    title: 'see that the home site can be worked on',
    timeoutMs: 60_000,
    attempts: 5,
    describe: ({ to }) => [`nothing; asks the power and the servers of ${to}`],
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const power = await powerOf(params.to, signal);
      const off = power === 'off' ? [{ path: params.to, problem: 'is switched off' }] : [];
      const problems = [...off, ...(power === 'off' ? [] : await controlProblems(params.to, signal))];
      requireReady(
        'infrastructure is not ready',
        params.to,
        problems,
        `switch ${params.to} on and repair what is named`,
      );
      for (const database of targets.databases) {
        const active = await memberOn(database, params.from).status({ signal });
        if (!active.inRecovery) continue;
        throw new DrError('PRECONDITION_FAILED', `${params.from} does not take writes for ${database.settings.name}`, {
          hint: 'a restoration begins when the active site is well: look at query.failover.status',
          retryable: true,
        });
      }
      return { writable: params.from, power: power === 'not-asked' ? power : 'on' };
    },
    verify: () => Promise.resolve(),
  };
}

import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, targetOf } from './results.js';

/** The old site may be gone: its applications are told, and not waited for. */
const oldSiteTimeoutMs = 3_000;

/** The applications of the new site are told to serve (DR mode); those of the old one, where it still answers, to stand by. */
export function switchApplications(
  targets: FailoverTargets,
): Step<FailoverParams, undefined, { readonly activated: boolean; readonly deactivated: boolean }> {
  return {
    name: 'switch-applications',
    title: 'tell the applications of the new site to serve',
    timeoutMs: 60_000,
    attempts: 3,
    describe: ({ from, to }) => [
      ...[targets.applicationsOf(from)?.describe('standby') ?? []].flat(),
      ...[(to === undefined ? undefined : targets.applicationsOf(to)?.describe('active')) ?? []].flat(),
    ],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, signal, operationId, logger } = context;
      const { epoch } = resultOf(context, 'advance-epoch');
      const order = { epoch, operationId };
      const old = targets.applicationsOf(params.from);
      const stoodBy = old?.set({ ...order, mode: 'standby' }, { signal, timeoutMs: oldSiteTimeoutMs }).then(
        () => true,
        (error: unknown) => {
          logger.info('the old site’s applications were not told', {
            site: params.from,
            code: DrError.from(error).code,
          });
          return false;
        },
      );
      const applications = targets.applicationsOf(targetOf(context));
      await applications?.set({ ...order, mode: 'active' }, { signal });
      return { activated: applications !== undefined, deactivated: (await stoodBy) ?? false };
    },
    verify: () => Promise.resolve(),
  };
}

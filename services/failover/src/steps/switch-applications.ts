import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { beforeWrites } from './before-writes.js';
import { applicationsByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, smokeSite, targetOf } from './results.js';

/** The old site may be gone: its applications are told, and not waited for. */
const oldSiteTimeoutMs = 3_000;

/** What was told to whom, so that it can be taken back. */
interface Captured {
  readonly stoodBy: string;
  readonly activated: string;
}

/**
 * The applications of the new site are told to serve (DR mode); those of the old one, where it still answers, to stand by. Undone,
 * both are told the opposite, in the same epoch: an application refuses only older orders.
 */
export function switchApplications(
  targets: FailoverTargets,
): Step<FailoverParams, Captured | undefined, { readonly activated: boolean; readonly deactivated: boolean }> {
  return {
    name: 'switch-applications',
    title: 'tell the applications of the new site to serve',
    timeoutMs: 60_000,
    attempts: 3,
    skippable: true,
    describe: ({ from, to }) => {
      const [old, next] = [from, to].map((site) => (site === undefined ? undefined : targets.applicationsOf(site)));
      return [
        ...(old === undefined ? [] : [`applications of ${from}: active → standby (${old.describe('standby')})`]),
        ...(next === undefined ? [] : [`applications of ${to}: standby → active (${next.describe('active')})`]),
      ];
    },
    capture: (context) =>
      beforeWrites(context.params, () =>
        Promise.resolve({ stoodBy: context.params.from, activated: targetOf(context) }),
      ),
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
    byHand: (context) => applicationsByHand(targets, context.params.from, smokeSite(context)),
    undo: async (context, captured) => {
      if (captured === undefined) return;
      const { signal, operationId, logger } = context;
      const { epoch } = resultOf(context, 'advance-epoch');
      const tell = async (site: string, mode: 'active' | 'standby'): Promise<void> => {
        try {
          await targets.applicationsOf(site)?.set({ epoch, operationId, mode }, { signal });
        } catch (error) {
          // What is not there does no work; everything else must take the order.
          if (DrError.from(error).code !== 'UNREACHABLE') throw error;
          logger.warn('the applications of a site are gone and were not told', { site, mode });
        }
      };
      // Never both: the new site stands by before the old one serves again.
      await tell(captured.activated, 'standby');
      await tell(captured.stoodBy, 'active');
    },
  };
}

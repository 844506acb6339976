import type { Step, StepContext } from '@novacron/operations';
import type { RestoreTools } from './restore-tools.js';
import { restoreResult, type RestoreParams, type RestoreResults } from './restore-params.js';

/** The proof goes to the backup itself: from now on its catalog says that it was restored. */
export function markRestored(tools: RestoreTools): Step<RestoreParams, undefined, RestoreResults['mark-restored']> {
  return {
    name: 'mark-restored',
    title: 'note in the catalog that a restore was proved',
    timeoutMs: 60_000,
    attempts: 5,
    describe: ({ point }) => [`a mark beside ${point.backupId} in ${point.store}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { store, backupId } = context.params.point;
      const at = new Date(provedAt(context));
      const catalog = tools.sources.repository.catalog(store);
      await catalog.mark(backupId, { mark: 'restored', store, operationId: context.operationId }, at);
      return { marked: true };
    },
    verify: () => Promise.resolve(),
  };
}

const provingStep = { postgres: 'verify', 'postgres-dump': 'load-dump', redis: 'load-cache' } as const;

function provedAt(context: StepContext<RestoreParams>): string {
  return restoreResult(context, provingStep[context.params.kind]).provedAt;
}

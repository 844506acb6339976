import type { Step } from '@novacron/operations';
import type { BackupParams } from '../domain/backup-params.js';
import type { StepResults } from './results.js';

/** A step of an incremental backup that has nothing to do where nothing has changed. */
export function whenChanged<C, R>(step: Step<BackupParams, C, R>, nothing: R): Step<BackupParams, C, R> {
  const unchanged = (results: ReadonlyMap<string, unknown>): boolean =>
    (results.get('find-changes') as StepResults['find-changes'] | undefined)?.unchanged === true;
  return {
    ...step,
    probe: async (context) => (unchanged(context.results) ? nothing : step.probe(context)),
    verify: async (context, result) => {
      if (!unchanged(context.results)) await step.verify(context, result);
    },
  };
}

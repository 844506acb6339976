import { type BackupHook, DrError, durationMs } from '@novacron/contracts';
import { runCommand } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { BackupParams } from '../domain/backup-params.js';
import type { StepResults } from './results.js';

/** A hook of the estate with its program where it is, and the folder that it runs in. */
export interface ReadyHook {
  readonly hook: BackupHook;
  readonly command: readonly [string, ...string[]];
  readonly folder: string;
}

type Outcome = 'begins' | 'completed' | 'failed';

const usualTimeout = '1m';

/**
 * What must be done before a backup. One that fails, and is not only to be warned of, ends the backup before anything is read. Whatever
 * undoes the backup tells the hooks after it too, with the outcome `failed`: what was stopped for the backup goes on again.
 */
export function hooksBefore(hooks: readonly ReadyHook[]): Step<BackupParams, undefined, StepResults['hooks-before']> {
  return {
    name: 'hooks-before',
    title: 'run what must be done before',
    timeoutMs: timeoutOf(hooks),
    attempts: 1,
    describe: () => namesOf(hooks, 'before'),
    probe: () => Promise.resolve(undefined),
    run: async (context) => ({ run: await runAll(hooks, 'before', 'begins', context) }),
    verify: () => Promise.resolve(),
    undo: async (context) => {
      await runAll(hooks, 'after', 'failed', context);
    },
  };
}

/** What is to be done after a backup. The backup stands already: a hook that fails is warned of. */
export function hooksAfter(hooks: readonly ReadyHook[]): Step<BackupParams, undefined, StepResults['hooks-after']> {
  return {
    name: 'hooks-after',
    title: 'run what is to be done after',
    timeoutMs: timeoutOf(hooks),
    attempts: 1,
    describe: () => namesOf(hooks, 'after'),
    probe: () => Promise.resolve(undefined),
    run: async (context) => ({ run: await runAll(hooks, 'after', 'completed', context) }),
    verify: () => Promise.resolve(),
  };
}

async function runAll(
  hooks: readonly ReadyHook[],
  when: BackupHook['when'],
  outcome: Outcome,
  context: StepContext<BackupParams>,
): Promise<string[]> {
  const due = hooks.filter(({ hook }) => hook.when === when);
  for (const ready of due) await runOne(ready, outcome, context);
  return due.map(({ hook }) => hook.name);
}

async function runOne(
  { hook, command: [program, ...args], folder }: ReadyHook,
  outcome: Outcome,
  { params, signal, logger, operationId }: StepContext<BackupParams>,
): Promise<void> {
  try {
    await runCommand({
      ...{ program, args, cwd: folder, signal, timeoutMs: durationMs(hook.timeout ?? usualTimeout) },
      env: {
        DR_BACKUP_ID: params.backupId,
        DR_BACKUP_KIND: params.kind,
        DR_BACKUP_FORM: params.form ?? 'physical',
        DR_BACKUP_COMPONENTS: params.components.join(','),
        DR_BACKUP_SITE: params.site,
        DR_BACKUP_STORE: params.store,
        DR_BACKUP_OUTCOME: outcome,
      },
    });
  } catch (error) {
    const { code, message, details } = DrError.from(error);
    if (hook.when === 'before' && hook.onFailure !== 'warn') {
      throw new DrError('PRECONDITION_FAILED', `hook ${hook.name} failed: ${message}`, {
        ...{ retryable: false, details, cause: error },
        hint: 'repair what it needs, or let it only warn with onFailure',
      });
    }
    logger.warn('a hook failed', { operation: operationId, hook: hook.name, code, reason: message });
  }
}

function timeoutOf(hooks: readonly ReadyHook[]): number {
  const graceMs = 10_000;
  return hooks.reduce((sum, { hook }) => sum + durationMs(hook.timeout ?? usualTimeout) + graceMs, graceMs);
}

function namesOf(hooks: readonly ReadyHook[], when: BackupHook['when']): string[] {
  return hooks.filter(({ hook }) => hook.when === when).map(({ hook }) => `what hook ${hook.name} does`);
}

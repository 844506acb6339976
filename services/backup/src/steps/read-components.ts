import type { Step, StepContext } from '@novacron/operations';
import { BackupSpool } from '../adapters/backup-spool.js';
import type { BackupParams } from '../domain/backup-params.js';
import type { SpooledComponent } from '../domain/spooled-component.js';

interface Spooled {
  readonly components: readonly SpooledComponent[];
}

type ReadOne = (context: StepContext<BackupParams>, spool: BackupSpool, component: string) => Promise<SpooledComponent>;

/** Some twenty seconds of trying again: a server that has died recovers and comes back, or another takes its place. */
export const readingAttempts = 8;

/** A step that reads some components into the spool; those that are whole there already are not read again. */
export function readComponents(
  options: Pick<Step, 'name' | 'title' | 'timeoutMs' | 'attempts'> & {
    readonly spool: string;
    readonly namesIn: (params: BackupParams) => readonly string[];
    readonly describe: (params: BackupParams) => string[];
    readonly read: ReadOne;
  },
): Step<BackupParams, undefined, Spooled> {
  const { spool: spoolFolder, namesIn, describe, read, ...shape } = options;
  const spoolOf = ({ backupId }: BackupParams): BackupSpool => new BackupSpool(spoolFolder, backupId);
  return {
    ...shape,
    describe,
    probe: async ({ params }) => {
      const found = await Promise.all(namesIn(params).map(async (name) => spoolOf(params).find(name)));
      const components = found.filter((one) => one !== undefined);
      return components.length === found.length ? { components } : undefined;
    },
    run: async (context) => {
      const spool = spoolOf(context.params);
      const components: SpooledComponent[] = [];
      for (const name of namesIn(context.params)) {
        const component = (await spool.find(name)) ?? (await read(context, spool, name));
        // A worker that was stopped past its lease goes on here: what the next one has described is not to be replaced.
        context.signal.throwIfAborted();
        await spool.describe(component);
        components.push(component);
      }
      return { components };
    },
    verify: async ({ params }, { components }) => {
      for (const component of components) await spoolOf(params).require(component);
    },
  };
}

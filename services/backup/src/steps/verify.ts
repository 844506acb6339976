import type { Step } from '@novacron/operations';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { BackupProgress } from '../backup-progress.js';
import type { StepResults } from './results.js';
import { requireVerified, verifiedBefore, verifyCopy } from './verify-copy.js';

interface Moved {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

interface Verifying {
  readonly backupId: string;
  readonly structure?: boolean;
}

/**
 * Every object read back from the given stores: its stored hash, every frame, the plaintext's hash; and where that is asked for,
 * what they unpack to, in the folder of the operation.
 */
export function verify<P extends Verifying>(
  stores: BackupStores,
  progress: BackupProgress,
  storesOf: (params: P) => readonly string[],
  structureFolder?: (operationId: string) => string,
): Step<P, undefined, StepResults['verify']> {
  return {
    name: 'verify',
    title: 'read every object back',
    timeoutMs: 24 * 3_600_000,
    attempts: 3,
    describe: (params) => storesOf(params).map((store) => `a mark on ${params.backupId} in ${store}`),
    probe: async ({ params, operationId }) => {
      const found = storesOf(params).map(async (store) => verifiedBefore(stores, store, params.backupId, operationId));
      const copies = (await Promise.all(found)).filter((copy) => copy !== undefined);
      return copies.length === found.length ? { copies } : undefined;
    },
    run: async (context) => {
      const { params, operationId, signal } = context;
      const copies = [];
      const folder = params.structure === true ? structureFolder?.(operationId) : undefined;
      const structure = folder === undefined ? {} : { structureFolder: folder };
      progress.begin(params.backupId, 'verify');
      const names = storesOf(params);
      for (const [place, store] of names.entries()) {
        const onProgress = ({ doneBytes, totalBytes }: Moved): void => {
          const all = { done: place * totalBytes + doneBytes, of: names.length * totalBytes };
          progress.tell(params.backupId, 'verify', all.done, all.of);
          context.progress((100 * all.done) / Math.max(1, all.of), store);
        };
        copies.push(
          await verifyCopy(stores, store, params.backupId, { operationId, signal, onProgress, ...structure }),
        );
      }
      return { copies };
    },
    verify: async ({ params, operationId }) => requireVerified(stores, storesOf(params), params.backupId, operationId),
  };
}

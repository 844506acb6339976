import { setTimeout as sleep } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { Step } from '@novacron/operations';
import { formatLsn, parseLsn } from '@novacron/repository';
import type { BackupStores } from '../adapters/backup-stores.js';
import type { ArchiveBell } from '../archiving/archive-bell.js';
import type { BackupParams } from '../domain/backup-params.js';
import { resultOf, type StepResults, type StoredComponent } from './results.js';

const lookEveryMs = 100;

/** The archive must go on where the backup ends: until it holds all WAL of the copy, no later moment could be restored. */
export function waitForWal(
  stores: BackupStores,
  bell: ArchiveBell,
): Step<BackupParams, undefined, StepResults['wait-for-wal']> {
  const reachOf = async (store: string, component: StoredComponent): Promise<{ lsn: string; enough: boolean }> => {
    const { systemId, timeline = 0, startLsn = '0/0', stopLsn = '0/0' } = component;
    const archive = stores.repository.wal(store, systemId);
    const { until } = await archive.contiguousUntil(timeline, parseLsn(startLsn));
    return { lsn: formatLsn(until), enough: until >= parseLsn(stopLsn) };
  };
  return {
    name: 'wait-for-wal',
    title: 'wait until the WAL of the copy is archived',
    timeoutMs: 120_000,
    attempts: 3,
    describe: ({ store }) => [`nothing; reads the WAL archive in ${store}`],
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, signal } = context;
      const reached: { component: string; lsn: string }[] = [];
      for (const component of resultOf(context, 'seal-and-upload').components) {
        if (component.stopLsn === undefined) continue;
        bell.ring();
        let reach = await reachOf(params.store, component);
        while (!reach.enough) {
          context.progress(50, `${component.component}: the archive is at ${reach.lsn} of ${component.stopLsn}`);
          await sleep(lookEveryMs, undefined, { signal });
          reach = await reachOf(params.store, component);
        }
        reached.push({ component: component.component, lsn: reach.lsn });
      }
      return { reached };
    },
    verify: (_context, { reached }) => {
      const unread = reached.find(({ lsn }) => lsn === '0/0');
      if (unread === undefined) return Promise.resolve();
      return Promise.reject(new DrError('VERIFY_FAILED', `no WAL of ${unread.component} is archived`));
    },
  };
}

import { DrError } from '@novacron/contracts';
import { slotName } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import { memberOn, type RestorationTargets } from '../../adapters/restoration-targets.js';
import type { RestorationParams, RestorationResults } from './restoration-params.js';

/** The active site keeps the WAL that the home site will ask for. Undone, the slots it made go: nobody would ever read them. */
export function prepareDatabases(
  targets: RestorationTargets,
): Step<RestorationParams, Record<string, boolean>, RestorationResults['prepare-databases']> {
  const has = async (params: RestorationParams, signal: AbortSignal): Promise<Record<string, boolean>> => {
    const asked = targets.databases.map(async (database) => {
      const slots = await memberOn(database, params.from).replicationSlots({ signal });
      return [database.settings.name, slots.some(({ name }) => name === slotName(params.to))] as const;
    });
    return Object.fromEntries(await Promise.all(asked));
  };
  return {
    name: 'prepare-databases',
    title: 'keep WAL for the home site on the active one',
    timeoutMs: 30_000,
    attempts: 3,
    describe: ({ from, to }) =>
      targets.databases.map(({ settings }) => `${settings.name} ${from}: replication slot ${slotName(to)}`),
    capture: ({ params, signal }) => has(params, signal),
    probe: () => Promise.resolve(undefined),
    run: async ({ params, signal }) => {
      const made = targets.databases.map(async (database) => {
        const active = memberOn(database, params.from);
        const slot = (await active.replicationSlots({ signal })).find(({ name }) => name === slotName(params.to));
        // A slot that fell behind too far holds nothing any more, and stands in the way of a new one.
        if (slot?.walStatus === 'lost') await active.dropReplicationSlot(slot.name, { signal });
        return (await active.createReplicationSlot(slotName(params.to), { signal })).name;
      });
      return { slots: await Promise.all(made) };
    },
    verify: async ({ params, signal }) => {
      if (Object.values(await has(params, signal)).includes(false))
        throw new DrError('VERIFY_FAILED', `a replication slot for ${params.to} is not there`);
    },
    undo: async ({ params, signal }, before) => {
      for (const database of targets.databases) {
        if (before[database.settings.name] !== false) continue;
        const active = memberOn(database, params.from);
        const slot = (await active.replicationSlots({ signal })).find(({ name }) => name === slotName(params.to));
        // One that is read from is the home site's lifeline by now.
        if (slot !== undefined && !slot.active) await active.dropReplicationSlot(slot.name, { signal });
      }
    },
  };
}

import { DrError } from '@novacron/contracts';
import { replicationSource, slotName } from '@novacron/drivers';
import type { Step } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { slotWords } from '../domain/change-words.js';

import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/**
 * The old primary comes back as a standby of the new one. It was stopped cleanly and the new one has all of its WAL, so it
 * needs no rewind. The slot in which it held WAL for the new primary goes: nobody will ever read from it.
 */
export function rejoinOld(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly databases: number }> {
  return {
    name: 'rejoin-old',
    title: 'start the old primary as a standby',
    timeoutMs: 90_000,
    attempts: 3,
    skippable: true,
    describe: ({ from, to = 'the target' }) =>
      targets.databases.flatMap(({ settings: { name } }) => [
        slotWords(name, to, slotName(from), 'absent', 'kept'),
        `${name} ${from}: primary → standby of ${to}`,
        `${name} ${from}: stopped → running`,
        slotWords(name, from, slotName(to), 'kept', 'absent'),
      ]),
    probe: () => Promise.resolve(undefined),
    run: async (context) => {
      const { params, signal } = context;
      const active = targetOf(context);
      await Promise.all(
        targets.databases.map(async ({ settings, members }) => {
          const [old, primary] = [members.get(params.from), members.get(active)];
          if (old === undefined || primary === undefined) return;
          const running = await old.status({ signal, timeoutMs: 2_000 }).catch(() => undefined);
          if (running?.inRecovery === false)
            throw new DrError('VERIFY_FAILED', `${old.name} runs as a primary`, { retryable: false });
          if (running !== undefined) return;
          await primary.createReplicationSlot(slotName(old.name), { signal });
          await old.becomeStandbyOf(replicationSource(settings, active, old.name, targets.context));
          await old.start({ signal, timeoutMs: 60_000 });
          await old.dropReplicationSlot(slotName(active), { signal });
        }),
      );
      return { databases: targets.databases.length };
    },
    byHand: ({ params }) => {
      const home = JSON.stringify({ to: params.from, reason: '…' });
      return [`nats req dr.${targets.estate.estate}.command.restoration.start '${home}'`];
    },
    verify: async ({ params, signal }) => {
      for (const { members } of targets.databases) {
        const status = await members.get(params.from)?.status({ signal });
        if (status?.inRecovery === false)
          throw new DrError('VERIFY_FAILED', `${params.from} runs as a primary`, { retryable: false });
      }
    },
  };
}

import { DrError } from '@novacron/contracts';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { targetOf } from './results.js';

/** Every record that follows the active site, each changed only where what we read is still what stands there. */
export function switchDns(targets: FailoverTargets): Step<FailoverParams, undefined, { readonly records: number }> {
  const wanted = (context: StepContext<FailoverParams>) =>
    targets.records.flatMap(({ zone, record }) => {
      const to = record.targets.find((target) => target.site === targetOf(context))?.value;
      return to === undefined ? [] : [{ zone, record, to }];
    });
  const points = (found: readonly string[], to: string): boolean =>
    found.length === 1 && plain(found[0] ?? '') === plain(to);
  const look = async (context: StepContext<FailoverParams>): Promise<{ records: number } | undefined> => {
    const moved = await Promise.all(
      wanted(context).map(async ({ zone, record, to }) => points(await zone.read(record.name, record.type), to)),
    );
    return moved.every(Boolean) ? { records: moved.length } : undefined;
  };
  return {
    name: 'switch-dns',
    title: 'point the names at the new site',
    timeoutMs: 10_000,
    attempts: 5,
    describe: ({ to }) =>
      targets.records.map(
        ({ record }) => `${record.name} ${record.type} → ${to ?? 'the chosen site'}, TTL ${record.ttlSeconds} s`,
      ),
    probe: look,
    run: async (context) => {
      const changes = wanted(context);
      await Promise.all(
        changes.map(async ({ zone, record, to }) => {
          const [from] = await zone.read(record.name, record.type);
          if (from !== undefined && plain(from) === plain(to)) return;
          await zone.replace({ name: record.name, type: record.type, ttlSeconds: record.ttlSeconds, from, to });
        }),
      );
      return { records: changes.length };
    },
    verify: async (context) => {
      if ((await look(context)) === undefined)
        throw new DrError('VERIFY_FAILED', 'a name does not point at the new site');
    },
  };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/u, '');
}

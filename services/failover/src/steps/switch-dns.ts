import { DrError } from '@novacron/contracts';
import type { FollowingRecord } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import { recordWords } from '../domain/change-words.js';
import { beforeWrites } from './before-writes.js';
import { namesByHand } from '../adapters/by-hand.js';
import type { FailoverParams } from './failover-params.js';
import { type Changed, targetOf } from './results.js';

/** The values of each record before, by its name and type. */
type Captured = Readonly<Record<string, readonly string[]>>;

const keyOf = ({ record }: FollowingRecord): string => `${record.name} ${record.type}`;

/**
 * Every record that follows the active site, each changed only where what we read is still what stands there. Undone, each has
 * its old value again, provided that nobody else has changed it meanwhile.
 */
export function switchDns(
  targets: FailoverTargets,
): Step<FailoverParams, Captured | undefined, Changed & { readonly records: number }> {
  const wanted = (context: StepContext<FailoverParams>) =>
    targets.records.flatMap((following) => {
      const to = following.record.targets.find((target) => target.site === targetOf(context))?.value;
      return to === undefined ? [] : [{ ...following, to }];
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
    skippable: true,
    describe: ({ to }) =>
      Promise.all(
        targets.records.map(async ({ zone, record }) => {
          const value = record.targets.find(({ site }) => site === to)?.value ?? 'that of the chosen site';
          const found = await zone.read(record.name, record.type).catch(() => undefined);
          return recordWords(record, found === undefined ? 'unknown' : found.join(', ') || 'absent', value);
        }),
      ),
    capture: (context) =>
      beforeWrites(context.params, async () => {
        const read = wanted(context).map(
          async (each) => [keyOf(each), await each.zone.read(each.record.name, each.record.type)] as const,
        );
        return Object.fromEntries(await Promise.all(read));
      }),
    probe: look,
    run: async (context) => {
      const changes = await Promise.all(
        wanted(context).map(async ({ zone, record, to }) => {
          const [from] = await zone.read(record.name, record.type);
          if (from === undefined || plain(from) !== plain(to))
            await zone.replace({ name: record.name, type: record.type, ttlSeconds: record.ttlSeconds, from, to });
          return recordWords(record, from ?? 'absent', to);
        }),
      );
      return { records: changes.length, changes };
    },
    verify: async (context) => {
      if ((await look(context)) === undefined)
        throw new DrError('VERIFY_FAILED', 'a name does not point at the new site');
    },
    byHand: (context) => namesByHand(targets, targetOf(context)),
    undo: async (context, captured = {}) => {
      const changes = wanted(context).filter((each) => keyOf(each) in captured);
      await Promise.all(
        changes.map(async (each) => {
          const { zone, record, to } = each;
          const [before] = captured[keyOf(each)] ?? [];
          const found = await zone.read(record.name, record.type);
          if (before === undefined ? found.length === 0 : points(found, before)) return;
          const { name, type, ttlSeconds } = record;
          await zone.replace({ name, type, ttlSeconds, from: to, to: before });
        }),
      );
    },
  };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/u, '');
}

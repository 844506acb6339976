import { DrError, type LoadBalancer } from '@novacron/contracts';
import { httpRequest, type PostgresMember, pollUntil } from '@novacron/drivers';
import type { FailoverTargets } from './failover-targets.js';

const answerEveryMs = 50;
const oneTryMs = 2_000;

/** Where the load balancer leads, read and not written; asked until it answers. @throws DrError VERIFY_FAILED for another epoch. */
export async function readThrough(routed: PostgresMember, epoch: number, signal: AbortSignal): Promise<string> {
  const held = await pollUntil(
    `an answer through ${routed.name}`,
    () => routed.readEpoch({ signal, timeoutMs: oneTryMs }).catch(() => undefined),
    { timeoutMs: 10_000, signal, everyMs: answerEveryMs },
  );
  return assertEpoch(routed, held.epoch, epoch);
}

/** The first write of ours through a load balancer. @throws DrError VERIFY_FAILED when it arrives in another epoch. */
export async function writeThrough(routed: PostgresMember, epoch: number, signal: AbortSignal): Promise<string> {
  const beat = await pollUntil(
    `a write through ${routed.name}`,
    () => routed.heartbeat({ signal, timeoutMs: oneTryMs }).catch(() => undefined),
    { timeoutMs: 10_000, signal, everyMs: answerEveryMs },
  );
  return assertEpoch(routed, beat.epoch, epoch);
}

function assertEpoch(routed: PostgresMember, found: number, wanted: number): string {
  if (found !== wanted) throw new DrError('VERIFY_FAILED', `${routed.name} leads to epoch ${found}, not ${wanted}`);
  return routed.name;
}

/** The statuses of every front door of the load balancers, each asked until it answers well. */
export async function frontDoors(
  balancers: readonly LoadBalancer[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<number[]> {
  const doors = balancers.flatMap(({ httpUrl }) => (httpUrl === undefined ? [] : [httpUrl]));
  return Promise.all(
    doors.map((url) => {
      const ask = async (): Promise<number | undefined> => {
        const answer = await httpRequest({ url, timeoutMs: oneTryMs, signal }).catch(() => undefined);
        return answer !== undefined && answer.status < 400 ? answer.status : undefined;
      };
      return pollUntil(`an answer of ${url}`, ask, { timeoutMs, signal, everyMs: answerEveryMs });
    }),
  );
}

/** The sites with a database that has left recovery; those of `except` are not asked. Who does not answer in time is not among them. */
export async function primarySites(
  { databases }: FailoverTargets,
  timeoutMs: number,
  except: readonly string[] = [],
): Promise<string[]> {
  const asked = databases.flatMap(({ members }) =>
    [...members.values()].map(async (member) => {
      if (except.includes(member.name)) return [];
      const status = await member.status({ timeoutMs }).catch(() => undefined);
      return status?.inRecovery === false ? [member.name] : [];
    }),
  );
  return [...new Set((await Promise.all(asked)).flat())];
}

/** @throws DrError VERIFY_FAILED naming a primary that is not the target. */
export function assertAlone(primaries: readonly string[], target: string): void {
  const strangers = primaries.filter((site) => site !== target);
  if (strangers.length === 0) return;
  throw new DrError('VERIFY_FAILED', `a second primary takes writes: ${strangers.join(', ')}`, {
    hint: 'stop it at once, then look at both',
    retryable: false,
  });
}

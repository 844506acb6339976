import { DrError } from '@novacron/contracts';
import { httpRequest, PostgresMember, pollUntil } from '@novacron/drivers';
import type { Step, StepContext } from '@novacron/operations';
import type { FailoverTargets } from '../adapters/failover-targets.js';
import type { FailoverParams } from './failover-params.js';
import { resultOf, targetOf } from './results.js';
import { keepRoute } from './switch-route.js';

/** What was seen from outside, as a customer would see it. */
interface Validation {
  readonly writesThrough: readonly string[];
  readonly httpStatus: readonly number[];
  readonly writable: readonly string[];
}

/**
 * Done is what was seen from outside, once a load balancer that was reloaded meanwhile was told again: a write through the router arrives on the new primary in the new epoch, the front
 * door answers, and no second member takes writes.
 */
export function validate(targets: FailoverTargets): Step<FailoverParams, undefined, Validation> {
  const look = async (context: StepContext<FailoverParams>): Promise<Validation> => {
    const { epoch } = resultOf(context, 'advance-epoch');
    await keepRoute(targets, targetOf(context));
    const writesThrough = await Promise.all(
      routedDatabases(targets).map((member) => writeThrough(member, epoch, context.signal)),
    );
    const doors = targets.balancers.flatMap(({ httpUrl }) => (httpUrl === undefined ? [] : [httpUrl]));
    const httpStatus = await Promise.all(doors.map((url) => frontDoor(url, context.signal)));
    const writable = await writableMembers(targets);
    const strangers = writable.filter((site) => site !== targetOf(context));
    if (strangers.length > 0) {
      throw new DrError('VERIFY_FAILED', `a second primary takes writes: ${strangers.join(', ')}`, {
        hint: 'stop it at once, then look at both',
        retryable: false,
      });
    }
    return { writesThrough, httpStatus, writable };
  };
  return {
    name: 'validate',
    title: 'look at everything from outside',
    timeoutMs: 30_000,
    attempts: 3,
    describe: () => targets.balancers.map(({ name }) => `${name}: one write and one request through it`),
    probe: () => Promise.resolve(undefined),
    run: look,
    verify: async (context) => {
      const writable = await writableMembers(targets);
      if (!writable.includes(targetOf(context)))
        throw new DrError('VERIFY_FAILED', `${targetOf(context)} does not take writes`);
    },
  };
}

/** Each database as it is reached through a load balancer that routes to it. */
function routedDatabases({ databases, balancers }: FailoverTargets): PostgresMember[] {
  return balancers.flatMap(({ name, postgresHost, postgresPort }) => {
    const [first] = databases[0]?.members.values() ?? [];
    if (postgresHost === undefined || postgresPort === undefined || first === undefined) return [];
    const { user, password, database } = first.options;
    return [new PostgresMember({ name, host: postgresHost, port: postgresPort, user, password, database })];
  });
}

async function writeThrough(routed: PostgresMember, epoch: number, signal: AbortSignal): Promise<string> {
  const beat = await pollUntil(
    `a write through ${routed.name}`,
    () => routed.heartbeat({ signal, timeoutMs: 2_000 }).catch(() => undefined),
    { timeoutMs: 10_000, signal, everyMs: 50 },
  );
  if (beat.epoch !== epoch)
    throw new DrError('VERIFY_FAILED', `${routed.name} leads to epoch ${beat.epoch}, not ${epoch}`);
  return routed.name;
}

function frontDoor(url: string, signal: AbortSignal): Promise<number> {
  const ask = async (): Promise<number | undefined> => {
    const answer = await httpRequest({ url, timeoutMs: 2_000, signal }).catch(() => undefined);
    return answer !== undefined && answer.status < 400 ? answer.status : undefined;
  };
  return pollUntil(`an answer of ${url}`, ask, { timeoutMs: 10_000, signal, everyMs: 50 });
}

async function writableMembers({ databases }: FailoverTargets): Promise<string[]> {
  const asked = databases.flatMap(({ members }) =>
    [...members.values()].map(async (member) => {
      const status = await member.status({ timeoutMs: 1_500 }).catch(() => undefined);
      return status?.inRecovery === false ? [member.name] : [];
    }),
  );
  return [...new Set((await Promise.all(asked)).flat())];
}

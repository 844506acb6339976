import { DrError } from '@novacron/contracts';
import type { PostgresMember } from '@novacron/drivers';
import type { MemberSeen } from '../domain/against-epoch.js';
import { type FailoverTargets, memberOn } from './failover-targets.js';

const stopTimeoutMs = 30_000;
const lookTimeoutMs = 1_500;

/** What was done about a server that takes writes against the epoch, or what a human has to do. */
export interface Stopped {
  readonly done: string;
  readonly need?: string;
}

/**
 * Stops the server at once, by its own control and else with its whole site. What counts is that the server itself is not
 * heard any more: one that was started by hand is unknown to those who say that it is stopped. Where it goes on, it is at least
 * closed to writes, and a human is told.
 */
export async function stopStray(targets: FailoverTargets, { database, site }: MemberSeen): Promise<Stopped> {
  const target = targets.databases.find(({ settings }) => settings.name === database);
  if (target === undefined) throw new DrError('NOT_FOUND', `the estate has no database ${database}`);
  const member = memberOn(target, site);
  const { control } = member.options;
  const power = targets.powerOf(site);
  const signal = AbortSignal.timeout(stopTimeoutMs);
  const call = { timeoutMs: stopTimeoutMs, signal };
  const problems: string[] = [];
  const tried = async (what: string, stop: () => Promise<boolean>): Promise<boolean> => {
    try {
      if (!(await stop())) problems.push(`${what} says that it runs on`);
      else if (await isHeard(member)) problems.push(`${what} says that it is stopped, and it answers still`);
      else return true;
    } catch (error) {
      problems.push(DrError.from(error).message);
    }
    return false;
  };
  if (control !== undefined) {
    const stop = async (): Promise<boolean> => {
      await control.stop('immediate', signal);
      return !(await control.isRunning(signal));
    };
    if (await tried('its control', stop)) return { done: 'stopped' };
  }
  if (power !== undefined) {
    const off = async (): Promise<boolean> => {
      await power.off(call);
      return power.isOff(call);
    };
    if (await tried('the power switch of its site', off)) return { done: 'the site was switched off' };
  }
  const isClosed = await member.closeToWrites({ timeoutMs: 5_000 }).then(
    () => true,
    (error: unknown) => {
      problems.push(DrError.from(error).message);
      return false;
    },
  );
  const why = problems.join('; ') || 'the estate names no way to stop it';
  return {
    done: `${isClosed ? 'closed to writes, but' : ''} not stopped: ${why}`.trim().slice(0, 500),
    need: `stop the database ${database} of ${site} at once: it takes writes that will be lost`,
  };
}

async function isHeard(member: PostgresMember): Promise<boolean> {
  return member.status({ timeoutMs: lookTimeoutMs }).then(
    () => true,
    () => false,
  );
}

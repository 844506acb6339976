import { DrError } from '@novacron/contracts';
import type { MemberSeen } from '../domain/against-epoch.js';
import { type FailoverTargets, memberOn } from './failover-targets.js';

const stopTimeoutMs = 30_000;

/** What was done about a server that takes writes against the epoch, or what a human has to do. */
export interface Stopped {
  readonly done: string;
  readonly need?: string;
}

/** Stops the server at once, by its own control and else with its whole site; tells a human where neither is confirmed. */
export async function stopStray(targets: FailoverTargets, { database, site }: MemberSeen): Promise<Stopped> {
  const target = targets.databases.find(({ settings }) => settings.name === database);
  const signal = AbortSignal.timeout(stopTimeoutMs);
  const problems: string[] = [];
  const control = target === undefined ? undefined : memberOn(target, site).options.control;
  if (control !== undefined) {
    try {
      await control.stop('immediate', signal);
      if (!(await control.isRunning(signal))) return { done: 'stopped' };
      problems.push('it runs on after a stop');
    } catch (error) {
      problems.push(DrError.from(error).message);
    }
  }
  const power = targets.powerOf(site);
  if (power !== undefined) {
    try {
      const call = { timeoutMs: stopTimeoutMs, signal };
      await power.off(call);
      if (await power.isOff(call)) return { done: 'the site was switched off' };
      problems.push('its power switch says that it is on');
    } catch (error) {
      problems.push(DrError.from(error).message);
    }
  }
  return {
    done: `not stopped: ${problems.join('; ') || 'the estate names no way to stop it'}`.slice(0, 500),
    need: `stop the database ${database} of ${site} at once: it takes writes that will be lost`,
  };
}

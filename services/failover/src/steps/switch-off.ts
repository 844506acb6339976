import { setTimeout as delay } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { FailoverTargets } from '../adapters/failover-targets.js';

const askEveryMs = 200;

/** Whether a site is off, by the word of its own power switch; why that is not known, when it is not. */
export interface PoweredOff {
  readonly poweredOff: boolean;
  readonly problem?: string;
}

/** Switches a site off and asks the switch until it says so, or the time is over. Throws only when the signal fires. */
export async function switchOff(
  targets: FailoverTargets,
  site: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<PoweredOff> {
  const power = targets.powerOf(site);
  if (power === undefined) return { poweredOff: false, problem: 'the estate names no power switch for the site' };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    await power.off({ timeoutMs, signal: limit });
    // A switch takes its time, and says that the site is on until it is not.
    while (!(await power.isOff({ timeoutMs, signal: limit }))) {
      await delay(askEveryMs, undefined, { signal: limit }).catch(() => undefined);
      if (limit.aborted) throw new DrError('TIMEOUT', 'the switch says that the site is on');
    }
    return { poweredOff: true };
  } catch (error) {
    signal.throwIfAborted();
    return { poweredOff: false, problem: DrError.from(error).message };
  }
}

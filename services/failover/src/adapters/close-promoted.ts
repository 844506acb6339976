import { DrError } from '@novacron/contracts';
import type { EpochHolder, PostgresMember } from '@novacron/drivers';
import { touched } from '../domain/validation/untouched.js';

const callTimeoutMs = 5_000;
const stopBudgetMs = 20_000;

/**
 * Takes a promotion back: until this returns nobody else may be a primary. A server that was never asked to be promoted is left a
 * standby. One that was, and still replays, will be a primary as soon as it has come to the end: it is stopped, which makes it
 * forget. So is one that was promoted, provided that it can be shown that no customer wrote to it.
 * @throws DrError PRECONDITION_FAILED where that cannot be shown, or the estate names no way to stop it.
 */
export async function closePromoted(member: PostgresMember, holder: EpochHolder, signal: AbortSignal): Promise<void> {
  const call = { signal, timeoutMs: callTimeoutMs };
  const status = await member.status(call).catch(async (error: unknown) => {
    if (await isStopped(member, error, signal)) return undefined;
    throw error;
  });
  if (status === undefined) return;
  const state = await member.closedState(call);
  if (status.inRecovery) {
    // Closed is what comes before the promotion is asked for.
    return state.closed
      ? stop(member, 'was asked to be promoted, and may be at any moment', signal)
      : member.stayStandby({ signal });
  }
  const why = touched(state, holder);
  if (why !== undefined) {
    throw new DrError('PRECONDITION_FAILED', `${member.name} was promoted and ${why}: it is not undone by itself`, {
      hint: `see what was written on ${member.name}; to give it up, stop its PostgreSQL server by hand`,
      retryable: false,
    });
  }
  await stop(member, 'was promoted', signal);
}

async function stop(member: PostgresMember, what: string, signal: AbortSignal): Promise<void> {
  if (member.options.control === undefined) {
    throw new DrError('PRECONDITION_FAILED', `${member.name} ${what}, and the estate names no way to stop it`, {
      hint: `stop the PostgreSQL server of ${member.name} by hand`,
      retryable: false,
    });
  }
  await member.stopFast(stopBudgetMs, signal);
}

/** Silence is no stop: only its own control says so, or where there is none, a host that refuses the connection. */
async function isStopped(member: PostgresMember, error: unknown, signal: AbortSignal): Promise<boolean> {
  const { control } = member.options;
  if (control !== undefined) return !(await control.isRunning(signal));
  const failure = DrError.from(error);
  return failure.code === 'UNREACHABLE' && (failure.cause as { code?: string } | undefined)?.code === 'ECONNREFUSED';
}

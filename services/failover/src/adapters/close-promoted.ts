import { DrError } from '@novacron/contracts';
import type { EpochHolder, PostgresMember } from '@novacron/drivers';
import { touched } from '../domain/validation/untouched.js';

const callTimeoutMs = 5_000;
const stopBudgetMs = 20_000;

/**
 * Takes a promotion back: until this returns nobody else may be a primary. A server that is a standby after all is left one; one
 * that was promoted is stopped, provided that it can be shown that no customer wrote to it.
 * @throws DrError PRECONDITION_FAILED where that cannot be shown, or the estate names no way to stop it.
 */
export async function closePromoted(member: PostgresMember, holder: EpochHolder, signal: AbortSignal): Promise<void> {
  const call = { signal, timeoutMs: callTimeoutMs };
  const status = await member.status(call).catch(async (error: unknown) => {
    if (await isStopped(member, error, signal)) return undefined;
    throw error;
  });
  if (status === undefined) return;
  if (status.inRecovery) return member.stayStandby({ signal });
  const why = touched(await member.closedState(call), holder);
  if (why !== undefined) {
    throw new DrError('PRECONDITION_FAILED', `${member.name} was promoted and ${why}: it is not undone by itself`, {
      hint: `see what was written on ${member.name}; to give it up, stop its PostgreSQL server by hand`,
      retryable: false,
    });
  }
  if (member.options.control === undefined) {
    throw new DrError('PRECONDITION_FAILED', `${member.name} was promoted, and the estate names no way to stop it`, {
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

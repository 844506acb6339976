import { DrError } from '@novacron/contracts';
import type { Probe } from '../checks/probe.js';
import type { Sample } from '../domain/opinion.js';
import type { Witness } from './witness.js';

export interface SampleLimits {
  readonly timeoutMs: number;
  /** A good answer that takes longer is degraded. */
  readonly slowAfterMs: number;
}

/** A timer that fires this late says that our own process was stopped or starved: it was not looking. */
const heldUpMs = 500;

const ourOwnFault = new Set(['INVALID_CONFIG', 'PROGRAM_MISSING']);

export type Look = Omit<Sample, 'consecutiveFailures'>;

/** One look at a target, and what it is worth. Never throws; takes no longer than the timeout and, after a failure, the witness. */
export async function takeSample(
  probe: Probe,
  witness: Pick<Witness, 'reachable' | 'confirm'>,
  limits: SampleLimits,
): Promise<Look> {
  const observedAt = new Date().toISOString();
  const look = (state: Look['state'], latencyMs: number, problem?: string): Look => ({
    state,
    latencyMs: Math.round(latencyMs),
    observedAt,
    ...(problem === undefined ? {} : { problem: problem.slice(0, 500) }),
  });
  if (!witness.reachable) return look('unknown', 0, 'this vantage cannot reach its own witness');

  const startedMs = performance.now();
  const failure = await attempt(probe, limits.timeoutMs);
  const latencyMs = performance.now() - startedMs;
  if (latencyMs > limits.timeoutMs + heldUpMs) {
    return look('unknown', latencyMs, `this vantage was held up for ${Math.round(latencyMs)} ms`);
  }
  if (failure === undefined) {
    if (latencyMs <= limits.slowAfterMs) return look('ok', latencyMs);
    return look(
      'degraded',
      latencyMs,
      `answered after ${Math.round(latencyMs)} ms, slow is above ${limits.slowAfterMs} ms`,
    );
  }
  if (ourOwnFault.has(failure.code)) return look('degraded', latencyMs, failure.message);
  if (!(await witness.confirm())) {
    return look('unknown', latencyMs, `this vantage cannot reach its own witness either: ${failure.message}`);
  }
  return look('failed', latencyMs, failure.message);
}

async function attempt(probe: Probe, timeoutMs: number): Promise<DrError | undefined> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DrError('TIMEOUT', `no answer within ${timeoutMs} ms`));
      controller.abort();
    }, timeoutMs);
  });
  try {
    await Promise.race([probe.probe(controller.signal), timeout]);
    return undefined;
  } catch (error) {
    return DrError.from(error);
  } finally {
    clearTimeout(timer);
  }
}

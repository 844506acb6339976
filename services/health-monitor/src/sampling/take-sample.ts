import { setImmediate as nextTurn } from 'node:timers/promises';
import { DrError } from '@novacron/contracts';
import type { Finding, Probe } from '../checks/probe.js';
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
  if (!witness.reachable)
    return { state: 'unknown', latencyMs: 0, observedAt, problem: 'this vantage cannot reach its own witness' };

  const startedMs = performance.now();
  const outcome = await attempt(probe, limits.timeoutMs);
  const exactMs = performance.now() - startedMs;
  const latencyMs = Math.round(exactMs);
  const { timings } = outcome.finding ?? {};
  const look = (state: Look['state'], problem?: string): Look => ({
    state,
    latencyMs,
    observedAt,
    ...(problem === undefined ? {} : { problem: problem.slice(0, 500) }),
    ...(timings === undefined ? {} : { timings }),
  });
  if (exactMs > limits.timeoutMs + heldUpMs) return look('unknown', `this vantage was held up for ${latencyMs} ms`);
  const { failure, finding } = outcome;
  if (failure === undefined) {
    if (finding?.degraded !== undefined) return look('degraded', finding.degraded);
    if (exactMs <= limits.slowAfterMs) return look('ok');
    return look('degraded', `answered after ${latencyMs} ms, slow is above ${limits.slowAfterMs} ms`);
  }
  if (ourOwnFault.has(failure.code)) return look('degraded', failure.message);
  if (!(await witness.confirm())) {
    return look('unknown', `this vantage cannot reach its own witness either: ${failure.message}`);
  }
  return look('failed', failure.message);
}

interface Outcome {
  readonly finding?: Finding;
  readonly failure?: DrError;
}

/** Ended by the timeout at the latest, and then with what the probe says it was waiting for, if it says so at once. */
async function attempt(probe: Probe, timeoutMs: number): Promise<Outcome> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  const looking = probed(probe, controller.signal);
  const first = await Promise.race([looking, timeout]);
  clearTimeout(timer);
  if (first !== 'late') return first;
  controller.abort();
  const generic = { failure: new DrError('TIMEOUT', `no answer within ${timeoutMs} ms`) };
  const said = await Promise.race([looking, twoTurns()]);
  return said?.failure === undefined ? generic : said;
}

async function probed(probe: Probe, signal: AbortSignal): Promise<Outcome> {
  try {
    const finding = await probe.probe(signal);
    return finding === undefined ? {} : { finding };
  } catch (error) {
    return { failure: DrError.from(error) };
  }
}

/** A socket that is destroyed says so in the next turn of the event loop. */
async function twoTurns(): Promise<undefined> {
  await nextTurn();
  await nextTurn();
}

import { DrError } from '@novacron/contracts';
import { HttpClient } from '../network/http-get.js';
import { ask, type QueriedPostgres } from './postgres-access.js';
import type { Finding, Probe } from './probe.js';

/** Ages as whoever keeps them tells them, so that no two clocks are compared; null where there is nothing, absent what is not told. */
export interface WorkersSeen {
  /** Since the last sign of life of any worker. */
  readonly heartbeatAgeMs?: number | null;
  /** Of the oldest piece of work that nobody has begun. */
  readonly queueAgeMs?: number | null;
}

export interface WorkersExpectation {
  readonly maxHeartbeatAgeMs?: number;
  readonly maxQueueAgeMs?: number;
}

/**
 * Workers show signs of life and the queue moves. Both are looked at: workers that beat and take nothing are no better than
 * dead ones, and an empty queue says nothing of them.
 */
export class WorkersProbe implements Probe {
  constructor(
    private readonly look: (signal: AbortSignal) => Promise<WorkersSeen>,
    private readonly expected: WorkersExpectation,
  ) {}

  async probe(signal: AbortSignal): Promise<Finding | void> {
    return judgeWorkers(await this.look(signal), this.expected);
  }
}

/** @throws DrError VERIFY_FAILED where no worker is alive. */
export function judgeWorkers(seen: WorkersSeen, expected: WorkersExpectation): Finding | void {
  const { maxHeartbeatAgeMs, maxQueueAgeMs } = expected;
  const { heartbeatAgeMs, queueAgeMs } = seen;
  if (maxHeartbeatAgeMs !== undefined) {
    if (heartbeatAgeMs === undefined || heartbeatAgeMs === null)
      throw new DrError('VERIFY_FAILED', 'no worker has ever shown a sign of life');
    if (heartbeatAgeMs > maxHeartbeatAgeMs)
      throw new DrError('VERIFY_FAILED', `the last sign of life of a worker is ${heartbeatAgeMs} ms old`);
  }
  if (maxQueueAgeMs === undefined || queueAgeMs === null) return;
  // A name that was misspelt must not look like an empty queue.
  if (queueAgeMs === undefined) return { degraded: 'how long work has waited is not told, not even as null' };
  if (queueAgeMs > maxQueueAgeMs)
    return { degraded: `work has waited for ${queueAgeMs} ms, more than ${maxQueueAgeMs}` };
}

/** A page that answers `{"heartbeatAgeMs": …, "queueAgeMs": …}`, null for a queue that is empty. */
export function workersOfPage(url: string, caPem?: string): (signal: AbortSignal) => Promise<WorkersSeen> {
  const client = new HttpClient(url, caPem);
  return async (signal) => {
    const { status, body } = await client.get(signal);
    if (status !== 200) throw new DrError('VERIFY_FAILED', `answered with status ${status}`);
    return seenIn(parsed(body), ['heartbeatAgeMs', 'queueAgeMs']);
  };
}

/** A statement whose row has `heartbeat_age_ms` and `queue_age_ms`. */
export function workersOfTable(
  member: (signal: AbortSignal) => Promise<QueriedPostgres>,
  sql: string,
  timeoutMs: number,
): (signal: AbortSignal) => Promise<WorkersSeen> {
  return async (signal) => {
    const [row] = await ask(await member(signal), sql, [], { signal, timeoutMs });
    return seenIn(row ?? {}, ['heartbeat_age_ms', 'queue_age_ms']);
  };
}

function parsed(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new DrError('VERIFY_FAILED', 'answered with what is not a JSON object');
}

function seenIn(values: object, [heartbeat, queue]: readonly [string, string]): WorkersSeen {
  const age = (name: string): number | null | undefined => {
    const value = (values as Record<string, unknown>)[name];
    if (value === null || value === undefined) return value;
    const ageMs = Math.round(Number(value));
    if (!Number.isFinite(ageMs)) throw new DrError('VERIFY_FAILED', `${name} is not a number`);
    return ageMs;
  };
  const [heartbeatAgeMs, queueAgeMs] = [age(heartbeat), age(queue)];
  return {
    ...(heartbeatAgeMs === undefined ? {} : { heartbeatAgeMs }),
    ...(queueAgeMs === undefined ? {} : { queueAgeMs }),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/nats-core';
import { type Bus, type Logger, publishUntilStored } from '@novacron/bus';
import { DrError, timerChannel, timerSubject } from '@novacron/contracts';
import type { WantedTimer } from '../domain/conversation/wanted-timers.js';
import { ackWaitMs, queueOf } from '../delivery/work-queue.js';

/** A timer as it lies on the queue. */
export interface DurableTimer extends WantedTimer {
  readonly id: string;
  /** The event that set it: who has not come so far cannot judge whether it is still wanted. */
  readonly setBySequence: number;
}

export interface DurableTimersSettings {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Called at the due time or after it, never before; again when it rejects, or when this process dies meanwhile. */
  readonly onDue: (timer: DurableTimer) => Promise<void>;
  /** How long an item may rest before its time is compared again: shorter where the clock is not the server's. */
  readonly longestRestMs?: number;
}

const errorPauseMs = 500;
const day = 86_400_000;
/**
 * A timer comes back from the queue this long before its time, and waits in memory: a server with thousands of delays brings them
 * back a second or two late. Shorter than the queue waits for whoever holds an item: one that dies is followed by another.
 */
const aheadMs = ackWaitMs - 500;

/**
 * Timers that outlive every process: an item of the work queue that is given back with a delay until its time has come. The time
 * is compared whenever the item comes back, as a server that was restarted brings items back early.
 */
export class DurableTimers {
  private readonly held = new Set<Promise<void>>();
  private messages: ConsumerMessages | undefined;
  private loop: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  constructor(private readonly settings: DurableTimersSettings) {}

  /** Stored when this resolves; setting it again is once, by its id and `attempt`. @throws DrError BUS_UNAVAILABLE. */
  async set(timer: DurableTimer, attempt = 'first'): Promise<void> {
    const { bus } = this.settings;
    const headers = newHeaders();
    headers.set('Nats-Msg-Id', `timer:${timer.id}:${attempt}`);
    await publishUntilStored(
      bus.jetstream,
      { subject: timerSubject(bus.estate), body: JSON.stringify(timer), headers },
      10_000,
    );
  }

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.messages?.stop();
    await this.loop;
    await Promise.all(this.held);
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private async run(): Promise<void> {
    const { bus, logger } = this.settings;
    while (!this.stopping) {
      try {
        const queue: Consumer = await queueOf(bus, timerChannel);
        this.messages = await queue.consume({ max_messages: 500, idle_heartbeat: 1_000, expires: 5_000 });
        // Asked to stop before there was anything to stop.
        if (this.stopping) this.messages.stop();
        for await (const message of this.messages) {
          if (this.stopping) break;
          this.take(message);
        }
      } catch (error) {
        logger.warn('timers cannot be read', { reason: DrError.from(error).message });
        await sleep(errorPauseMs);
      }
    }
  }

  private take(message: JsMsg): void {
    const { nowMs, onDue, logger, longestRestMs = day } = this.settings;
    const timer = timerIn(message);
    if (timer === undefined) {
      logger.error('no timer on the queue of timers', { sequence: message.seq });
      message.term('no timer');
      return;
    }
    const leftMs = timer.dueAtMs - nowMs();
    // A clock that is not the world's cannot be waited for.
    const ahead = longestRestMs > aheadMs ? aheadMs : 0;
    if (leftMs > ahead) {
      message.nak(Math.min(Math.ceil(leftMs - ahead), longestRestMs));
      return;
    }
    const work = this.until(timer.dueAtMs)
      .then(() => {
        message.working();
        return onDue(timer);
      })
      .then(() => message.ack())
      .catch((error: unknown) => {
        if (this.stopping) {
          message.nak();
          return;
        }
        const { code, message: reason } = DrError.from(error);
        logger.warn('a timer will be taken again', { timer: timer.id, code, reason });
        message.nak(errorPauseMs);
      })
      .finally(() => this.held.delete(work));
    this.held.add(work);
  }

  /** Never early, whatever the timers of this machine do; at once for a time that has passed. @throws when stopped meanwhile. */
  private async until(atMs: number): Promise<void> {
    for (let leftMs = atMs - this.settings.nowMs(); leftMs > 0; leftMs = atMs - this.settings.nowMs()) {
      await sleep(Math.ceil(leftMs), undefined, { signal: this.stopped.signal });
    }
  }
}

function timerIn(message: JsMsg): DurableTimer | undefined {
  try {
    const body = message.json<Partial<DurableTimer>>();
    return typeof body.id === 'string' && typeof body.dueAtMs === 'number' ? (body as DurableTimer) : undefined;
  } catch {
    return undefined;
  }
}

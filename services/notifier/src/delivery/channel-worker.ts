import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { Bus, Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { Channel } from '../channels/channel.js';
import { isSettled, waitMs } from '../domain/send-order.js';
import type { StoredEntry } from '../ledger/ledger-entry.js';
import { announce } from './announce.js';
import { deliverOnce, type DeliverySettings, queued, rowsOf } from './deliver.js';
import { ackWaitMs, queueOf } from './work-queue.js';

export interface ChannelWorkerSettings extends DeliverySettings {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly channel: Channel;
  /** Attempts under way at once; those that hang must not hold up all others. */
  readonly concurrency?: number;
  /** Told of each notification that came to an end. */
  readonly onSettled?: (entry: StoredEntry['entry']) => void;
}

const pollMs = 1_000;
const errorPauseMs = 500;

/** Takes one channel's queue to its provider. Each channel has a worker of its own: none waits for another's provider. */
export class ChannelWorker {
  private readonly held = new Set<Promise<void>>();
  private readonly stopped = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(private readonly settings: ChannelWorkerSettings) {}

  start(): void {
    this.loop = this.run();
  }

  /** Takes no more, finishes the attempts under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.loop;
    await Promise.all(this.held);
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private async run(): Promise<void> {
    const { bus, channel, logger, concurrency = 16 } = this.settings;
    let queue: Consumer | undefined;
    while (!this.stopping) {
      try {
        queue ??= await queueOf(bus, channel.name);
        const message = await queue.next({ expires: pollMs });
        if (message === null) continue;
        this.hold(message);
        if (this.held.size >= concurrency) await Promise.race(this.held);
      } catch (error) {
        queue = undefined;
        logger.warn('notification queue cannot be read', {
          channel: channel.name,
          reason: DrError.from(error).message,
        });
        await sleep(errorPauseMs);
      }
    }
  }

  private hold(message: JsMsg): void {
    const heartbeat = setInterval(() => message.working(), ackWaitMs / 3);
    const work = this.handle(message)
      .catch((error: unknown) => {
        const { code, message: reason } = DrError.from(error);
        this.settings.logger.warn('notification will be looked at again', {
          channel: this.settings.channel.name,
          code,
          reason,
        });
        message.nak(errorPauseMs);
      })
      .finally(() => {
        clearInterval(heartbeat);
        this.held.delete(work);
      });
    this.held.add(work);
  }

  private async handle(message: JsMsg): Promise<void> {
    const { bus, ledger, logger, channel, onSettled } = this.settings;
    const id = notificationIdIn(message);
    const stored = id === undefined ? undefined : await ledger.read(id);
    if (stored === undefined) {
      logger.error('work item without a row in the ledger', { channel: channel.name, sequence: message.seq });
      message.term('no row in the ledger');
      return;
    }
    if (!isSettled(stored.entry.state) && !(await this.myTurn(stored))) {
      message.nak(50);
      return;
    }
    const next = await deliverOnce(stored, channel, this.settings);
    if (next.kind === 'later') {
      message.nak(next.pauseMs);
      return;
    }
    await announce(bus, next.entry);
    if (!(await message.ackAck())) logger.warn('work item was not acknowledged', { channel: channel.name });
    onSettled?.(next.entry);
  }

  /** Waits until those before are told, or their time is over; false when we are stopping meanwhile. */
  private async myTurn(stored: StoredEntry): Promise<boolean> {
    const { ledger, nowMs } = this.settings;
    const message = queued(stored.entry);
    while (!this.stopping) {
      const leftMs = waitMs(message, rowsOf(ledger, message.incident), nowMs());
      if (leftMs <= 0) return true;
      await changeOrTimeout(ledger, leftMs, this.stopped.signal);
    }
    return false;
  }
}

async function changeOrTimeout(ledger: DeliverySettings['ledger'], ms: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const off = ledger.onChange(() => woken.abort());
  try {
    await sleep(ms, undefined, { signal: AbortSignal.any([woken.signal, signal]) });
  } catch (error) {
    if (!woken.signal.aborted && !signal.aborted) throw error;
  } finally {
    off();
  }
}

function notificationIdIn(message: JsMsg): string | undefined {
  try {
    const body: unknown = message.json();
    const id =
      typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['notificationId'] : undefined;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

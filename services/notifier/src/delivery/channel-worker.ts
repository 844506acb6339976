import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Bus, Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { Channel } from '../channels/channel.js';
import { isSettled, waitMs } from '../domain/send-order.js';
import type { LedgerEntry, StoredEntry } from '../ledger/ledger-entry.js';
import { announce } from './announce.js';
import { Breaker } from './breaker.js';
import type { ChannelPolicy } from './channel-policy.js';
import { apartMs, deliverOnce, type DeliverySettings, giveUp, type Next } from './deliver.js';
import { RateLimit } from './rate-limit.js';
import type { Leave, PagesInDoubt } from './pages-in-doubt.js';
import { ackWaitMs, queueOf } from './work-queue.js';

export interface ChannelWorkerSettings extends Omit<DeliverySettings, 'retry'> {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly channel: Channel;
  readonly policy: ChannelPolicy;
  /** One for all channels of the process. */
  readonly pages: PagesInDoubt;
  /** Called for each notification that came to an end, again after a crash: sends over the fallback what must be. */
  readonly onSettled: (entry: LedgerEntry) => Promise<void>;
}

const errorPauseMs = 500;
/** Messages held for each that may be with the provider: the others are only looked up, or said of how they ended. */
const heldForEach = 4;
/** A message that may not go yet is held so long at most before it makes room for others. */
const longestHoldMs = 250;
const longestPaceMs = 1_000;
/** A page that waits for others is held so long at most, and so many of them: who is behind must not wait for them too. */
const longestPlaceMs = 1_000;
const pagesHeld = 16;
/** A message before a closed channel is looked at again this often: its time may be over, and another way open. */
const longestRestMs = 2_000;

/** Takes one channel's queue to its provider. Each channel has a worker of its own: none waits for another's provider. */
export class ChannelWorker {
  private readonly held = new Set<Promise<void>>();
  /** Those of the held ones that may still turn to the provider. */
  private readonly attempting = new Set<Promise<void>>();
  /** To whom a message is on its way: where a provider cannot tell them apart, one at a time, from before the row says so. */
  private readonly calling = new Set<string>();
  private readonly stopped = new AbortController();
  private readonly rate: RateLimit;
  private readonly breaker = new Breaker();
  private messages: ConsumerMessages | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly settings: ChannelWorkerSettings) {
    this.rate = new RateLimit(settings.policy.ratePerSecond, performance.now());
  }

  get name(): string {
    return this.settings.channel.name;
  }

  get breakerState(): ReturnType<Breaker['state']> {
    return this.breaker.state(performance.now());
  }

  start(): void {
    this.loop = this.run();
  }

  /** Takes no more, finishes the attempts under way. */
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
    const { bus, channel, logger, policy } = this.settings;
    while (!this.stopping) {
      try {
        const queue = await queueOf(bus, channel.name);
        this.messages = await queue.consume({
          max_messages: policy.concurrency,
          idle_heartbeat: 1_000,
          expires: 5_000,
        });
        // Asked to stop before there was anything to stop.
        if (this.stopping) this.messages.stop();
        for await (const message of this.messages) {
          if (this.stopping) break;
          this.hold(message);
          await this.room();
        }
      } catch (error) {
        logger.warn('notification queue cannot be read', {
          channel: channel.name,
          reason: DrError.from(error).message,
        });
        await sleep(errorPauseMs);
      }
    }
  }

  /** A message whose provider has answered only waits for the bus: it keeps none from its turn. */
  private async room(): Promise<void> {
    const { concurrency } = this.settings.policy;
    while (this.attempting.size >= concurrency) await Promise.race(this.attempting);
    while (this.held.size >= concurrency * heldForEach) await Promise.race(this.held);
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
    const { ledger, logger, channel } = this.settings;
    const id = notificationIdIn(message);
    // The row in memory is enough: a change under an old revision is refused.
    const stored = id === undefined ? undefined : (ledger.stored(id) ?? (await ledger.read(id)));
    if (stored === undefined) {
      logger.error('work item without a row in the ledger', { channel: channel.name, sequence: message.seq });
      message.term('no row in the ledger');
      return;
    }
    if (stored.entry.heldFor !== undefined) {
      message.ack();
      return;
    }
    const next = isSettled(stored.entry.state)
      ? ({ kind: 'done', entry: stored.entry } as const)
      : await this.attempt(stored);
    if (next.kind === 'later') {
      message.nak(Math.max(1, next.pauseMs));
      return;
    }
    await announce(this.settings.bus, next.entry);
    await this.settings.onSettled(next.entry);
    message.ack();
  }

  /** Makes room for the next as soon as the provider has answered: what it said is written down meanwhile. */
  private async attempt(stored: StoredEntry): Promise<Next> {
    let answered = (): void => {};
    const answer = new Promise<void>((resolve) => (answered = resolve));
    this.attempting.add(answer);
    const over = (): void => {
      this.attempting.delete(answer);
      answered();
    };
    try {
      return await this.deliver(stored, over);
    } finally {
      over();
    }
  }

  /** When its turn comes, and no other message to the same person is on its way that could be taken for it: one attempt. */
  private async deliver(stored: StoredEntry, onAnswer: () => void): Promise<Next> {
    const { channel } = this.settings;
    if (!(await this.myTurn(stored))) return { kind: 'later', pauseMs: 50 };
    // Of an attempt that was begun the provider is only asked what it has.
    const begun = stored.entry.state === 'sending' && !channel.repeatable;
    if (begun || channel.alike !== true) return this.turnTo(stored, begun, 0, onAnswer);
    const { recipient } = stored.entry;
    const behind = this.behindItsLike(stored);
    if (behind > 0) return this.turnTo(stored, begun, behind, onAnswer);
    this.calling.add(recipient);
    try {
      return await this.turnTo(stored, begun, 0, onAnswer);
    } finally {
      this.calling.delete(recipient);
    }
  }

  /** When the channel is open and the provider takes more. */
  private async turnTo(stored: StoredEntry, begun: boolean, behind: number, onAnswer: () => void): Promise<Next> {
    const { channel, policy, nowMs } = this.settings;
    const waits = begun ? 0 : behind || this.breaker.enter(performance.now()) || (await this.pace());
    const leave = waits > 0 ? undefined : await this.place(stored, onAnswer);
    if (leave === undefined) {
      const pauseMs = waits || longestHoldMs;
      const leftMs = Date.parse(stored.entry.plannedAt) + policy.retry.giveUpMs - nowMs();
      if (begun) return { kind: 'later', pauseMs };
      if (leftMs <= 0) return giveUp(stored, `${channel.name} did not take it in time`, this.delivery);
      return { kind: 'later', pauseMs: Math.min(pauseMs, leftMs, longestRestMs) };
    }
    let answered = false;
    try {
      const next = await deliverOnce(stored, channel, { ...this.delivery, onAnswer });
      answered = next.outcome !== undefined && next.outcome.kind !== 'unknown';
      this.learn(next);
      return next;
    } finally {
      leave(answered);
    }
  }

  /** A place for a page of ours that would be in doubt if we died; nothing else needs one. Undefined: later. */
  private async place({ entry }: StoredEntry, onWait: () => void): Promise<Leave | undefined> {
    const { channel, pages } = this.settings;
    if (entry.customer || channel.repeatable) return () => {};
    // Others go on meanwhile.
    onWait();
    const full = pages.waitingFor(channel.name) >= pagesHeld;
    const leave = full || this.stopping ? undefined : await pages.enter(channel.name, longestPlaceMs);
    if (leave === undefined) this.breaker.left();
    return leave;
  }

  /** How long to wait for another message to the same person, which nobody could tell from this one; 0 for not at all. */
  private behindItsLike({ entry }: StoredEntry): number {
    const { ledger, nowMs } = this.settings;
    if (this.calling.has(entry.recipient)) return longestHoldMs;
    for (const other of ledger.rows.ofPerson(entry)) {
      const young = nowMs() - Date.parse(other.sendingAt ?? other.plannedAt) < apartMs;
      if (other.state === 'sending' && young && other.notificationId !== entry.notificationId) return longestHoldMs;
    }
    return 0;
  }

  private get delivery(): DeliverySettings {
    const { ledger, contact, nowMs, policy, hasStandIn } = this.settings;
    return { ledger, contact, nowMs, hasStandIn, retry: policy.retry };
  }

  /** Waits for the provider's pace; how long it still is where that is too long to hold a message. */
  private async pace(): Promise<number> {
    for (;;) {
      const waits = this.rate.take(performance.now());
      if (waits === 0) return 0;
      if (waits > longestPaceMs || this.stopping) {
        this.breaker.left();
        return waits;
      }
      await sleep(waits);
    }
  }

  private learn({ outcome }: Next): void {
    const nowMs = performance.now();
    if (outcome === undefined) {
      this.breaker.left();
      return;
    }
    const { kind } = outcome;
    if (kind === 'retry' && outcome.afterMs !== undefined) this.rate.pause(nowMs + Math.min(outcome.afterMs, 300_000));
    if (kind === 'accepted' || kind === 'refused') this.breaker.succeeded();
    else if (kind === 'retry' && outcome.code === 'HTTP_429') this.breaker.left();
    else this.breaker.failed(nowMs);
  }

  /** Waits a moment for those before; false when they are not told yet, or we are stopping. */
  private async myTurn({ entry }: StoredEntry): Promise<boolean> {
    const { ledger, nowMs } = this.settings;
    const untilMs = performance.now() + longestHoldMs;
    while (!this.stopping) {
      const leftMs = waitMs(entry, ledger.rows.waitsBefore(entry), nowMs());
      if (leftMs <= 0) return true;
      const holdMs = untilMs - performance.now();
      if (holdMs <= 0) return false;
      await changeOrTimeout(ledger, Math.min(leftMs, holdMs), this.stopped.signal);
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

import { Injectable } from '@nestjs/common';
import { deliveryStates } from '@novacron/contracts';
import { Metrics } from '@novacron/service';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Ledger } from './ledger/ledger.js';
import type { Audit } from './audit/auditor.js';
import type { ChannelWorker } from './delivery/channel-worker.js';
import { hasArrived } from './domain/send-order.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';

/** The notifier's own figures. */
@Injectable()
export class NotifierMetrics {
  readonly events: Counter<'event'>;
  readonly fallbacks: Counter<'template'>;
  private readonly notifications: Counter<'channel' | 'audience' | 'outcome'>;
  private readonly latency: Histogram<'channel'>;
  private readonly lateness: Histogram;
  private readonly mended: Counter<'what'>;
  private readonly lastAudit: Gauge;
  private readonly breakers: Gauge<'channel'>;

  constructor(private readonly house: Metrics) {
    const registers = [house.registry];
    this.events = new Counter({
      name: 'dr_notifier_events_total',
      help: 'Events taken, by kind',
      labelNames: ['event'],
      registers,
    });
    this.fallbacks = new Counter({
      name: 'dr_template_fallback_total',
      help: 'Messages sent in plain words because their template could not be rendered',
      labelNames: ['template'],
      registers,
    });
    this.notifications = new Counter({
      name: 'dr_notifications_total',
      help: 'Notifications that came to an end',
      labelNames: ['channel', 'audience', 'outcome'],
      registers,
    });
    this.latency = new Histogram({
      name: 'dr_notification_latency_seconds',
      help: 'From the event to the acceptance by the provider',
      labelNames: ['channel'],
      buckets: [0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 1_800],
      registers,
    });
    this.lateness = new Histogram({
      name: 'dr_notifier_timer_lateness_seconds',
      help: 'From the time that a timer was set for to the time it fired',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers,
    });
    this.mended = new Counter({
      name: 'dr_notifier_audit_mended_total',
      help: 'Notifications that were stuck and timers that were lost, found and mended by the audit',
      labelNames: ['what'],
      registers,
    });
    this.lastAudit = new Gauge({
      name: 'dr_notifier_last_good_audit_timestamp_seconds',
      help: 'When an audit last found everything in order',
      registers,
    });
    this.breakers = new Gauge({
      name: 'dr_notifier_channel_open',
      help: 'Whether a channel takes messages: 1, or 0 while its provider does not answer',
      labelNames: ['channel'],
      registers,
    });
  }

  timerFired(lateMs: number): void {
    this.lateness.observe(Math.max(0, lateMs) / 1000);
  }

  audited({ stuck, lostTimers }: Audit): void {
    this.mended.inc({ what: 'notification' }, stuck.length);
    this.mended.inc({ what: 'timer' }, lostTimers.length);
    if (stuck.length + lostTimers.length === 0) this.lastAudit.setToCurrentTime();
  }

  /** Says whether a channel's provider answers whenever the figures are read. */
  watchChannel(worker: Pick<ChannelWorker, 'name' | 'breakerState'>): void {
    this.workers.push(worker);
  }

  private readonly workers: Pick<ChannelWorker, 'name' | 'breakerState'>[] = [];

  /** Counts the ledger's rows by state whenever the figures are read. */
  watch(ledger: Ledger): void {
    const { registry } = this.house;
    const rows = new Gauge({
      name: 'dr_ledger_rows',
      help: 'Rows of the notification ledger, by state',
      labelNames: ['state'],
      registers: [registry],
      collect: () => {
        const counts = new Map<string, number>(deliveryStates.map((state) => [state, 0]));
        for (const entry of ledger.all()) counts.set(entry.state, (counts.get(entry.state) ?? 0) + 1);
        for (const [state, count] of counts) rows.set({ state }, count);
        for (const { name, breakerState } of this.workers)
          this.breakers.set({ channel: name }, breakerState === 'open' ? 0 : 1);
      },
    });
  }

  settled(entry: LedgerEntry): void {
    const { channel, audience, state, causedAt, settledAt } = entry;
    this.notifications.inc({ channel, audience, outcome: state });
    if (!hasArrived(state) || settledAt === undefined) return;
    this.latency.observe({ channel }, Math.max(0, Date.parse(settledAt) - Date.parse(causedAt)) / 1000);
  }
}

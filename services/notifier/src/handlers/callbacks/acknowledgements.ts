import { Injectable } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { NotificationAcknowledged, NotificationTimerFired } from '@novacron/contracts';
import { Clock } from '../../clock.js';
import type { LedgerEntry } from '../../ledger/ledger-entry.js';
import { Notifier } from '../../notifier.js';

export interface Acknowledgement {
  readonly incident: string;
  readonly audience: string;
  readonly by: string;
  /** RFC 3339; now where the provider does not say. */
  readonly at?: string;
  readonly channel: string;
  /** The message that was answered, where that is known. */
  readonly row?: LedgerEntry;
  /** The provider's own name of it: said twice, it is one. */
  readonly id: string;
}

/** A provider waits five seconds and then says it again. */
const timeoutMs = 4_000;

/** What humans answered through a provider: an event like one by command, stored before the provider is answered. */
@Injectable()
export class Acknowledgements {
  constructor(
    private readonly notifier: Notifier,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  /** @throws DrError BUS_UNAVAILABLE: the provider is to say it again. */
  async store({ incident, audience, by, at = this.now(), channel, row, id }: Acknowledgement): Promise<void> {
    const notificationId = row?.notificationId ?? `${incident}_${audience}_all_${channel}`.slice(0, 128);
    const recipient = row?.recipient ?? 'all';
    const about = { notificationId, incident, audience, channel, recipient };
    const message = new NotificationAcknowledged({ ...about, by: by.slice(0, 200) || recipient, at });
    await this.bus.publish(message, { id, correlationId: incident, time: at, timeoutMs });
  }

  /** Nobody has it any more: what the clock says when whoever had it has fallen silent. Nothing where nobody had it. */
  async withdraw({ incident, audience, id }: Pick<Acknowledgement, 'incident' | 'audience' | 'id'>): Promise<void> {
    const thread = this.notifier.parts.teller.talk.conversations.get(incident)?.threads.get(audience);
    if (thread?.acknowledged === undefined) return;
    const at = this.now();
    const key = String(thread.acknowledged.sequence);
    const over = { incident, audience, kind: 'unacknowledge', key, dueAt: at, firedAt: at } as const;
    await this.bus.publish(new NotificationTimerFired(over), { id, correlationId: incident, time: at, timeoutMs });
  }

  /** The last message of an audience over a channel. */
  rowOf(incident: string, audience: string, channel: string): LedgerEntry | undefined {
    return [...this.notifier.parts.ledger.ofIncident(incident)].findLast(
      (row) => row.audience === audience && row.channel === channel,
    );
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}

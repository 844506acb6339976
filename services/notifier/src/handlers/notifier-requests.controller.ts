import { createHash, randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Bus } from '@novacron/bus';
import {
  AcknowledgeNotification,
  ApproveNotification,
  DeliveryList,
  Done,
  DrError,
  durationMs,
  isDuration,
  type Message,
  NotificationAcknowledged,
  NotificationApproved,
  NotificationRequested,
  NotificationsSilenced,
  QueryDeliveries,
  SendNotification,
  SilenceNotifications,
  token,
} from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { Clock } from '../clock.js';
import { type FrozenAudience, frozenAudiences } from '../domain/conversation/frozen-plan.js';
import type { Conversation } from '../domain/conversation/talk.js';
import { formatTime } from '../domain/formats.js';
import { isOpen } from '../domain/incident.js';
import { estateTexts, placeholderTexts } from '../domain/placeholder-texts.js';
import { wordingOf } from '../domain/wording/wording.js';
import { toDelivery } from '../ledger/ledger-entry.js';
import { Notifier } from '../notifier.js';
import { givenValues } from '../templates/given-values.js';

/** What a human decides is an event first, and takes effect where the events are taken: in every process alike. */
const patienceMs = 8_000;
const longestSilenceMs = 7 * 86_400_000;
/** A reply of the bus holds a megabyte. */
const mostDeliveries = 2_000;

@Controller()
export class NotifierRequests {
  constructor(
    private readonly notifier: Notifier,
    private readonly loaded: LoadedEstate,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  /** A human has it: nobody else of the audience is called until that expires. */
  @MessagePattern(AcknowledgeNotification)
  async acknowledge(@Payload() { incident, by, audience }: AcknowledgeNotification): Promise<Done> {
    const conversation = this.openConversation(incident);
    const names = audience === undefined ? calledIn(conversation) : [this.thread(conversation, audience)];
    const at = this.now();
    for (const name of names) {
      const notificationId = token(`${incident}_${name}_${by}_command_${digest(at)}`);
      const about = { notificationId, incident, audience: name, channel: 'command', recipient: entity(by) };
      await this.decide(new NotificationAcknowledged({ ...about, by, at }), incident);
    }
    return new Done({ status: 'done', message: `${by} has it: ${names.join(', ')}` });
  }

  /** Keeps an audience or a channel quiet; what falls due meanwhile is told once when it ends. */
  @MessagePattern(SilenceNotifications)
  async silence(@Payload() request: SilenceNotifications): Promise<Done> {
    const { audience, channel, expiry, reason, owner } = request;
    const { audiences, channels } = this.loaded.estate.communication;
    if (audience !== undefined)
      known(
        'audience',
        audience,
        audiences.map((one) => one.name),
      );
    if (channel !== undefined)
      known(
        'channel',
        channel,
        channels.map((one) => one.name),
      );
    if (!isDuration(expiry) || durationMs(expiry) <= 0 || durationMs(expiry) > longestSilenceMs) {
      throw new DrError('INVALID_MESSAGE', 'a silence needs an end', {
        details: [{ path: 'expiry', problem: 'must be a duration such as 2h, of 7d at most' }],
      });
    }
    const fromMs = this.clock.nowMs();
    const until = new Date(fromMs + durationMs(expiry)).toISOString();
    const silenceId = `silence-${randomUUID().slice(0, 8)}`;
    const what = { ...(audience === undefined ? {} : { audience }), ...(channel === undefined ? {} : { channel }) };
    const from = new Date(fromMs).toISOString();
    await this.decide(new NotificationsSilenced({ silenceId, ...what, from, until, reason, owner }), silenceId);
    return new Done({ status: 'done', message: `${silenceId} until ${formatTime(until)}` });
  }

  /** Releases a text that waits; its id is in the message that asked for it, and in `NotificationApprovalRequested`. */
  @MessagePattern(ApproveNotification)
  async approve(@Payload() { operationId, by, comment }: ApproveNotification): Promise<Done> {
    const waiting = [...this.notifier.parts.teller.talk.conversations.values()].flatMap((conversation) =>
      [...conversation.threads.values()].flatMap(({ pending, audience }) =>
        pending === undefined ? [] : [{ ...pending, audience, incident: conversation.incidentId }],
      ),
    );
    const found = waiting.find((one) => one.approvalId === operationId);
    if (found === undefined) {
      throw new DrError('NOT_FOUND', `no text waits as ${operationId}`, {
        hint: waiting.length === 0 ? 'none waits now' : `waiting: ${waiting.map((one) => one.approvalId).join(', ')}`,
      });
    }
    const { incident, approvalId, audience } = found;
    const said = comment === undefined ? {} : { comment };
    await this.decide(new NotificationApproved({ approvalId, incident, by, at: this.now(), ...said }), incident);
    return new Done({ status: 'done', message: `released for ${audience.title}` });
  }

  /** Sends a template by hand. What the incident knows fills the placeholders; given values go before. */
  @MessagePattern(SendNotification)
  async send(@Payload() request: SendNotification): Promise<Done> {
    const { incident, template } = request;
    const audience = this.audience(request.audience);
    const values = givenValues(request.values ?? {}, wordingOf(audience.language));
    const { planner } = this.notifier.parts;
    planner.try({ template, audience }, { ...this.knownTexts(incident, audience), ...values });
    const at = this.now();
    await this.decide(
      new NotificationRequested({ incident, audience: audience.name, template, at, values: { ...values } }),
      incident,
    );
    const count = audience.contacts.length * audience.channels.length;
    return new Done({ status: 'done', message: `${count} notifications planned for ${audience.title}` });
  }

  @MessagePattern(QueryDeliveries)
  deliveries({ incident, state, limit = mostDeliveries }: QueryDeliveries): DeliveryList {
    const found = [...this.notifier.parts.ledger.all()]
      .filter(
        (entry) =>
          (incident === undefined || entry.incident === incident) && (state === undefined || entry.state === state),
      )
      .toSorted((a, b) => a.batch - b.batch || a.rank - b.rank || a.notificationId.localeCompare(b.notificationId));
    const most = Math.min(limit, mostDeliveries);
    const deliveries = most === 0 ? [] : found.slice(-most).map(toDelivery);
    return new DeliveryList({ deliveries, ...(deliveries.length < found.length ? { total: found.length } : {}) });
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }

  /** Stored, and taken here, before the reply: who is told "done" finds it done. */
  private async decide(message: Message, correlationId: string): Promise<void> {
    const { sequence } = await this.bus.publish(message, { correlationId, time: this.now() });
    await this.notifier.parts.history.reached(sequence, patienceMs);
  }

  private openConversation(id: string): Conversation {
    const { teller } = this.notifier.parts;
    const open = teller.book.incidents.filter(isOpen).map((incident) => incident.id);
    const conversation = teller.talk.conversations.get(id);
    if (conversation !== undefined && open.includes(id)) return conversation;
    throw new DrError('NOT_FOUND', `there is no open incident ${id}`, {
      hint: open.length === 0 ? 'nothing is open now' : `open: ${open.join(', ')}`,
    });
  }

  private thread({ threads }: Conversation, name: string): string {
    known('audience', name, [...threads.keys()]);
    return name;
  }

  private audience(name: string): FrozenAudience {
    const { communication } = this.loaded.estate;
    const audiences = frozenAudiences(communication.audiences, communication);
    known(
      'audience',
      name,
      audiences.map((one) => one.name),
    );
    return audiences.find((one) => one.name === name) as FrozenAudience;
  }

  private knownTexts(id: string, audience: FrozenAudience) {
    const { estate } = this.loaded;
    const incident = this.notifier.incidents.incidents.find((one) => one.id === id);
    if (incident === undefined) return estateTexts(audience, estate);
    const facts = { at: this.now(), updateNumber: incident.updates + 1, status: incident.current };
    return placeholderTexts(incident, facts, audience, estate);
  }
}

/** The audiences that someone must acknowledge for; all of ours where no chain says so. */
function calledIn({ threads }: Conversation): string[] {
  const ours = [...threads.values()].filter(({ audience }) => !audience.customer);
  const called = ours.filter(({ audience }) => audience.escalation.length > 0);
  return (called.length > 0 ? called : ours).map(({ audience }) => audience.name);
}

function known(kind: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new DrError('NOT_FOUND', `there is no ${kind} ${name}`, { hint: `use one of ${names.join(', ')}` });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** A person as a name of the bus: anyone may acknowledge, known to the estate or not. */
function entity(by: string): string {
  const safe = token(by);
  return /^[A-Za-z0-9]/u.test(safe) ? safe : `by${safe}`.slice(0, 128);
}

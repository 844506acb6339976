import type { Bus, Logger } from '@novacron/bus';
import {
  type Delivered,
  type DeliveryState,
  type Estate,
  NotificationAcknowledged,
  NotificationApproved,
  NotificationTimerFired,
  token,
  UpdateOverdue,
} from '@novacron/contracts';
import { applyEvent } from '../domain/apply-event.js';
import type { Dispatch } from '../domain/conversation/dispatch.js';
import { freezePlan, type StormBounds, stormBounds } from '../domain/conversation/frozen-plan.js';
import { nextTalk } from '../domain/conversation/next-talk.js';
import { emptyTalk, type Talk } from '../domain/conversation/talk.js';
import type { Said } from '../domain/conversation/turn.js';
import { digests, noIncident, timersOf, type WantedTimer, wantedTimers } from '../domain/conversation/wanted-timers.js';
import { isOpen } from '../domain/incident.js';
import { emptyBook, type IncidentBook } from '../domain/incident-book.js';
import { hasArrived } from '../domain/send-order.js';
import type { Ledger } from '../ledger/ledger.js';
import type { DurableTimer, DurableTimers } from '../timers/durable-timers.js';
import type { FrozenPlans } from './frozen-plans.js';
import type { Cause, Planner } from './planner.js';

export interface TellerSettings {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly estate: Estate;
  readonly ledger: Ledger;
  readonly planner: Planner;
  readonly plans: FrozenPlans;
  readonly timers: Pick<DurableTimers, 'set'>;
  readonly nowMs: () => number;
  readonly onChange: () => void;
}

/** News this old is no news, unless it is the last about something that still goes on. */
const tooOldMs = 60 * 60_000;
/** The memory of the stream of events for ids: what was announced within it may be announced again, and is one event. */
const announcedAgainMs = 9 * 60_000;
/** What a human may have seen, whatever the provider said of it. */
const answerable: ReadonlySet<DeliveryState> = new Set(['sending', 'accepted', 'delivered', 'unknown']);

/**
 * Takes the events in their stored order: the book of incidents, the conversations with the audiences, and out of these the
 * messages that are due and the timers that are wanted. All of it is a function of the events; what is written here — rows, work,
 * timers — has names that are a function of them too, so that doing it again after a crash, or in another process, adds nothing.
 */
export class Teller {
  private incidents: IncidentBook;
  private conversations: Talk = emptyTalk;
  private reached = 0;
  private live = false;
  private late: { dispatch: Dispatch; cause: Cause }[] = [];
  private readonly set = new Set<string>();
  private readonly bounds: StormBounds;

  constructor(private readonly settings: TellerSettings) {
    this.incidents = emptyBook(settings.estate);
    this.bounds = stormBounds(settings.estate.communication);
  }

  get book(): IncidentBook {
    return this.incidents;
  }

  get talk(): Talk {
    return this.conversations;
  }

  /** Every timer that is wanted now. */
  get wanted(): readonly WantedTimer[] {
    return wantedTimers(this.conversations, this.incidents, this.bounds);
  }

  /** One more event. What it makes due stands in the ledger when this resolves. @throws DrError BUS_UNAVAILABLE. */
  async take(event: Delivered): Promise<void> {
    const { estate, plans, planner, onChange } = this.settings;
    const { book, notice } = applyEvent(this.incidents, event, estate);
    const begins = notice?.template === 'initial' && !this.conversations.conversations.has(notice.incident.id);
    const plan = begins ? await plans.of(notice.incident.id, freezePlan(notice.incident, estate)) : undefined;
    const said = nextTalk({
      talk: this.conversations,
      book,
      event,
      estate,
      ...(notice === undefined ? {} : { notice }),
      ...(plan === undefined ? {} : { plan }),
    });
    const cause = { batch: event.sequence, correlationId: event.correlationId, causationId: event.id };
    for (const dispatch of said.dispatches) {
      if (this.live) await planner.plan(dispatch, cause);
      else this.late.push({ dispatch, cause });
    }
    if (event.data instanceof NotificationApproved) await planner.release(event.data.incident, event.data.approvalId);
    if (event.data instanceof NotificationTimerFired && event.data.kind === 'release') await this.released(event.data);
    if (event.data instanceof NotificationAcknowledged) await this.acknowledged(event.data);
    await this.announce(said, event);
    this.incidents = book;
    this.conversations = said.talk;
    this.reached = event.sequence;
    if (this.live) await this.setTimers(said);
    onChange();
  }

  /** Everything that was stored before has been taken: what was left undone is done now, and the timers are set. */
  async caughtUp(): Promise<void> {
    if (this.live) return;
    for (const { dispatch, cause } of this.late) {
      if (this.isWorthTelling(dispatch)) await this.settings.planner.plan(dispatch, cause);
    }
    for (const timer of this.wanted) await this.setTimer(timer);
    this.late = [];
    this.live = true;
  }

  /** The time of a timer has come: said as an event, so that every process takes it in the same place. */
  async due(timer: DurableTimer): Promise<void> {
    const { bus, nowMs } = this.settings;
    if (timer.setBySequence <= this.reached && !this.isWanted(timer)) return;
    const { incident, audience, kind, key } = timer;
    const firedAt = new Date(nowMs()).toISOString();
    const dueAt = new Date(timer.dueAtMs).toISOString();
    if (kind === 'overdue') {
      await this.overdue(timer);
      return;
    }
    await bus.publish(new NotificationTimerFired({ incident, audience, kind, key, dueAt, firedAt }), {
      id: `timer:${timer.id}`,
      correlationId: incident,
      time: firedAt,
    });
  }

  async setTimer(timer: WantedTimer, attempt?: string): Promise<void> {
    const id = timerId(timer);
    if (this.set.has(id) && attempt === undefined) return;
    await this.settings.timers.set({ ...timer, id, setBySequence: this.reached }, attempt);
    this.set.add(id);
  }

  private isWanted(timer: WantedTimer): boolean {
    const id = timerId(timer);
    return this.timersAbout(timer.incident).some((one) => timerId(one) === id);
  }

  private timersAbout(incidentId: string): WantedTimer[] {
    if (incidentId === noIncident) return digests(this.conversations, this.bounds);
    const conversation = this.conversations.conversations.get(incidentId);
    if (conversation === undefined) return [];
    const incident = this.incidents.incidents.find((one) => one.id === incidentId);
    return timersOf(conversation, incident, this.conversations, this.bounds);
  }

  private async setTimers(said: Said): Promise<void> {
    for (const incident of said.touched) for (const timer of this.timersAbout(incident)) await this.setTimer(timer);
    // A calm belongs to the incident, and a digest to none.
    for (const incident of this.incidents.incidents) {
      if (incident.calmSince === undefined || !isOpen(incident)) continue;
      for (const timer of this.timersAbout(incident.id)) await this.setTimer(timer);
    }
    for (const timer of digests(this.conversations, this.bounds)) await this.setTimer(timer);
  }

  private async released({ incident, key }: NotificationTimerFired): Promise<void> {
    await this.settings.planner.release(incident, key);
  }

  /** The ledger says of the messages that a human answered that they were. */
  private async acknowledged({ incident, audience, notificationId, by, at }: NotificationAcknowledged): Promise<void> {
    const { ledger } = this.settings;
    for (const row of [...ledger.ofIncident(incident)]) {
      const theirs = row.audience === audience && row.recipient === by;
      if (row.notificationId !== notificationId && !theirs) continue;
      const stored = ledger.stored(row.notificationId);
      if (stored === undefined || row.state === 'acknowledged' || !answerable.has(row.state)) continue;
      await ledger.change(stored, { state: 'acknowledged', acknowledgedBy: by, settledAt: row.settledAt ?? at });
    }
  }

  private async announce({ announcements }: Said, event: Delivered): Promise<void> {
    const { bus, nowMs } = this.settings;
    const ageMs = nowMs() - Date.parse(event.time);
    if (!this.live && ageMs > announcedAgainMs) return;
    for (const { message, id } of announcements) {
      await bus.publish(message, { id, correlationId: event.correlationId, causedBy: event });
    }
  }

  /** A promise that no accepted message has kept is said to be overdue. */
  private async overdue({ incident, audience, key, dueAtMs }: DurableTimer): Promise<void> {
    const { bus, ledger, nowMs } = this.settings;
    const conversation = this.conversations.conversations.get(incident);
    if (conversation === undefined) return;
    const sequence = Number(key);
    for (const row of ledger.ofIncident(incident)) {
      if (row.audience === audience && row.batch > sequence && hasArrived(row.state)) return;
    }
    const promisedAtMs = dueAtMs - conversation.plan.graceMs;
    const promisedAt = new Date(promisedAtMs).toISOString();
    const lateMs = Math.max(0, nowMs() - promisedAtMs);
    await bus.publish(new UpdateOverdue({ incident, audience, promisedAt, lateMs }), {
      id: `${incident}:${audience}:overdue-${sequence}`,
      correlationId: incident,
      time: new Date(nowMs()).toISOString(),
    });
  }

  private isWorthTelling({ at, incidentId, audience, template, number }: Dispatch): boolean {
    if (this.settings.nowMs() - Date.parse(at) <= tooOldMs) return true;
    const open = this.incidents.incidents.some((one) => one.id === incidentId && isOpen(one));
    const last = this.late.findLast(
      ({ dispatch }) => dispatch.incidentId === incidentId && dispatch.audience.name === audience.name,
    );
    const worth = open && last?.dispatch.template === template && last.dispatch.number === number;
    if (!worth)
      this.settings.logger.info('a notification is too old to be sent', { incident: incidentId, template, at });
    return worth;
  }
}

/** One token, and the same wherever it is computed. */
export function timerId({ incident, audience, kind, key, dueAtMs }: WantedTimer): string {
  return token(`${incident}_${audience}_${kind}_${key}_${dueAtMs}`);
}

import { type Delivered, type Estate, type Message, NotificationTimerFired } from '@novacron/contracts';
import { applyEvent } from '../domain/apply-event.js';
import type { Dispatch } from '../domain/conversation/dispatch.js';
import { type FrozenPlan, freezePlan, stormBounds } from '../domain/conversation/frozen-plan.js';
import { nextTalk } from '../domain/conversation/next-talk.js';
import { emptyTalk, type Talk } from '../domain/conversation/talk.js';
import { type WantedTimer, wantedTimers } from '../domain/conversation/wanted-timers.js';
import { emptyBook, type IncidentBook } from '../domain/incident-book.js';

/** The fold of events by a clock of the test's own: timers fire when their time has come, and nothing is sent. */
export class ToldByTheClock {
  readonly dispatches: Dispatch[] = [];
  book: IncidentBook;
  talk: Talk = emptyTalk;
  private sequence = 0;

  constructor(
    public estate: Estate,
    public nowMs: number,
  ) {
    this.book = emptyBook(estate);
  }

  get wanted(): readonly WantedTimer[] {
    return wantedTimers(this.talk, this.book, stormBounds(this.estate.communication));
  }

  say(data: Message, correlationId: string): void {
    this.sequence += 1;
    const event: Delivered = {
      id: `event-${this.sequence}`,
      type: `io.novacron.dr.${data.constructor.name}.v1`,
      source: '/novacron/test',
      time: new Date(this.nowMs).toISOString(),
      entity: 'test',
      correlationId,
      data,
      sequence: this.sequence,
      deliveries: 1,
    };
    const { book, notice } = applyEvent(this.book, event, this.estate);
    const begins = notice?.template === 'initial' && !this.talk.conversations.has(notice.incident.id);
    const plan: FrozenPlan | undefined = begins ? freezePlan(notice.incident, this.estate) : undefined;
    const said = nextTalk({
      talk: this.talk,
      book,
      event,
      estate: this.estate,
      ...(notice === undefined ? {} : { notice }),
      ...(plan === undefined ? {} : { plan }),
    });
    this.book = book;
    this.talk = said.talk;
    this.dispatches.push(...said.dispatches);
  }

  /** Moves the clock; what falls due on the way happens at its time, an overdue update excepted: nothing here is ever late. */
  moveTo(ms: number): void {
    for (;;) {
      const due = this.wanted
        .filter(({ kind, dueAtMs }) => kind !== 'overdue' && dueAtMs <= ms)
        .toSorted((a, b) => a.dueAtMs - b.dueAtMs)[0];
      if (due === undefined) break;
      this.nowMs = Math.max(this.nowMs, due.dueAtMs);
      const { incident, audience, kind, key, dueAtMs } = due;
      const at = new Date(this.nowMs).toISOString();
      const dueAt = new Date(dueAtMs).toISOString();
      this.say(new NotificationTimerFired({ incident, audience, kind, key, dueAt, firedAt: at }), incident);
    }
    this.nowMs = Math.max(this.nowMs, ms);
  }
}

import { type Delivered, type Estate, type Message, NotificationApprovalRequested } from '@novacron/contracts';
import { formatTime } from '../formats.js';
import type { Incident } from '../incident.js';
import type { IncidentBook } from '../incident-book.js';
import { notificationId } from '../notification-id.js';
import { type Dispatch, dutyTemplate } from './dispatch.js';
import { type StormBounds, stormBounds } from './frozen-plan.js';
import { peopleAt } from './on-call.js';
import { type Conversation, silenceAt, type Talk, type Thread } from './talk.js';

/** What came of one event. */
export interface Said {
  readonly talk: Talk;
  readonly dispatches: readonly Dispatch[];
  /** Facts for the house, each with the id under which it is said once. */
  readonly announcements: readonly { readonly message: Message; readonly id: string }[];
  /** The incidents whose timers may have changed. */
  readonly touched: ReadonlySet<string>;
}

export interface Telling {
  readonly template: 'initial' | 'progress' | 'resolution';
  readonly status: string;
  readonly heading?: string;
}

export interface DutyWords {
  readonly subject: string;
  readonly text: string;
  /** Something stands still until a human acts: never held back. */
  readonly needed?: boolean;
}

/** What one flood is counted over: a flood of lesser things must not drown the news that the service is out. */
type FloodOf = Incident['kind'] | 'duty' | 'other';

/** One event's turn in all conversations: collects what it changes and what must be said. */
export class Turn {
  readonly bounds: StormBounds;
  private conversations: Map<string, Conversation> | undefined;
  private floods: Talk['floods'];
  private silences: Talk['silences'];
  private byHand: Talk['byHand'];
  private readonly dispatches: Dispatch[] = [];
  private readonly announcements: { message: Message; id: string }[] = [];
  private readonly touched = new Set<string>();

  constructor(
    private readonly input: {
      readonly talk: Talk;
      readonly book: IncidentBook;
      readonly event: Delivered;
      readonly estate: Estate;
    },
  ) {
    this.bounds = stormBounds(input.estate.communication);
    this.floods = input.talk.floods;
    this.silences = input.talk.silences;
    this.byHand = input.talk.byHand;
  }

  get event(): Delivered {
    return this.input.event;
  }

  get estate(): Estate {
    return this.input.estate;
  }

  get talk(): Talk {
    const { talk } = this.input;
    const { conversations = talk.conversations, floods, silences, byHand } = this;
    return { conversations, floods, silences, byHand };
  }

  said(): Said {
    const { talk, dispatches, announcements, touched } = this;
    return { talk, dispatches, announcements, touched };
  }

  conversation(incident: string): Conversation | undefined {
    return this.talk.conversations.get(incident);
  }

  incident(id: string): Incident | undefined {
    return this.input.book.incidents.find((one) => one.id === id);
  }

  begin(conversation: Conversation): void {
    this.conversations ??= new Map(this.input.talk.conversations);
    this.conversations.set(conversation.incidentId, conversation);
    this.touched.add(conversation.incidentId);
  }

  keep(conversation: Conversation, thread: Thread): void {
    const now = this.conversation(conversation.incidentId) ?? conversation;
    this.begin({ ...now, threads: new Map(now.threads).set(thread.audience.name, thread) });
  }

  addSilence(silence: Talk['silences'][number], atMs: number): void {
    this.silences = [...this.silences.filter((one) => one.untilMs > atMs - 86_400_000), silence];
  }

  countByHand(key: string): number {
    const count = (this.byHand.get(key) ?? 0) + 1;
    this.byHand = new Map(this.byHand).set(key, count);
    return count;
  }

  clearFlood(name: string): void {
    const flood = this.floods.get(name);
    if (flood !== undefined) this.floods = new Map(this.floods).set(name, { ...flood, heldBack: 0 });
  }

  announce(message: Message, id: string): void {
    this.announcements.push({ message, id });
  }

  /**
   * An audience is to be told. What stands in the way is asked in this order: a drill (customers are never told), a silence (told
   * when it ends), a flood (told as one), an approval (written now, sent when given).
   */
  tell(conversation: Conversation, before: Thread, telling: Telling, atMs: number): void {
    const { audience } = before;
    const end = telling.template === 'resolution';
    if (end && !before.sent && before.owed === undefined) {
      this.keep(conversation, closed(before));
      return;
    }
    const thread: Thread = {
      ...before,
      state: end ? 'closed' : 'told',
      anchorMs: atMs,
      anchorSequence: this.event.sequence,
      levelSinceMs: before.sent ? before.levelSinceMs : atMs,
    };
    if (silenceAt(this.silences, { audience: audience.name }, atMs) !== undefined) {
      const owed = end && !before.sent ? undefined : telling.template;
      this.keep(conversation, owed === undefined ? closed(before) : { ...thread, owed });
      return;
    }
    if (!end && this.flooded(audience, this.incident(conversation.incidentId)?.kind ?? 'other', atMs)) {
      this.keep(conversation, thread);
      return;
    }
    const updates = thread.updates + (telling.template === 'progress' ? 1 : 0);
    const number = telling.template === 'progress' ? String(updates) : '1';
    const hold = this.approvalFor(conversation, audience, `${telling.template}-${number}`, telling.template, atMs);
    const told: Thread = {
      ...withoutWaiting(thread),
      updates,
      sent: hold === undefined ? true : before.sent,
      ...(hold === undefined
        ? {}
        : {
            pending: hold,
            anchorMs: held(before, atMs),
            anchorSequence: before.sent ? before.anchorSequence : this.event.sequence,
          }),
    };
    this.keep(conversation, told);
    this.dispatch(conversation, told, {
      template: telling.template,
      number,
      status: telling.status,
      atMs,
      ...(hold === undefined ? {} : { hold: hold.approvalId }),
      ...(before.pending === undefined ? {} : { supersedes: before.pending.approvalId }),
      ...(telling.heading === undefined ? {} : { heading: telling.heading }),
    });
  }

  /** A message to an audience, past everything that may hold it back but a silenced channel and a drill. */
  dispatch(
    conversation: Conversation,
    thread: Thread,
    what: {
      readonly template: string;
      readonly number: string;
      readonly status: string;
      readonly atMs: number;
      readonly contacts?: readonly string[];
      readonly onCall?: readonly string[];
      readonly channels?: readonly string[];
    } & Partial<Pick<Dispatch, 'heading' | 'hold' | 'supersedes' | 'values' | 'words' | 'onlyKinds' | 'byHand'>>,
  ): void {
    const { audience } = thread;
    const {
      atMs,
      contacts = audience.contacts,
      onCall = audience.onCall,
      channels = audience.channels,
      ...rest
    } = what;
    const incident = this.incident(conversation.incidentId);
    this.dispatches.push({
      byHand: false,
      ...rest,
      incidentId: conversation.incidentId,
      ...(incident === undefined ? {} : { incident }),
      audience,
      contacts: peopleAt({ contacts, onCall }, conversation.plan.rotations, atMs),
      channels,
      updateNumber: Math.max(1, thread.updates),
      at: new Date(atMs).toISOString(),
      drill: conversation.drill,
      silenced: this.silencedChannels(audience.name, channels, atMs),
      ...(conversation.drill && audience.customer
        ? { suppressed: 'a drill is kept inside: this is what would have been sent' }
        : {}),
    });
  }

  /** Calls those whose duty it is to inform others. */
  callOwner(conversation: Conversation, number: string, words: DutyWords, atMs: number): void {
    const { plan } = conversation;
    const owner = plan.owner === undefined ? undefined : conversation.threads.get(plan.owner);
    if (owner !== undefined) this.call(conversation, owner, number, words, atMs);
  }

  /** Calls an audience for a duty; of too many calls it hears as one, but for those without which nothing goes on. */
  call(conversation: Conversation, thread: Thread, number: string, words: DutyWords, atMs: number): void {
    if (words.needed !== true && this.flooded(thread.audience, 'duty', atMs)) return;
    const { subject, text } = words;
    this.dispatch(conversation, thread, {
      template: dutyTemplate,
      number,
      status: subject,
      atMs,
      words: { subject, text },
    });
  }

  private silencedChannels(audience: string, channels: readonly string[], atMs: number): ReadonlyMap<string, string> {
    const silenced = new Map<string, string>();
    for (const channel of channels) {
      const found = silenceAt(this.silences, { audience, channel }, atMs);
      if (found === undefined) continue;
      silenced.set(
        channel,
        `silenced until ${formatTime(new Date(found.untilMs).toISOString())} by ${found.owner}: ${found.reason}`,
      );
    }
    return silenced;
  }

  private flooded(audience: Thread['audience'], of: FloodOf, atMs: number): boolean {
    const { messages, perMs } = this.bounds;
    const name = of === 'outage' || of === 'duty' ? `${audience.name}-${of}` : audience.name;
    const before = this.floods.get(name);
    const recent = (before?.sentAtMs ?? []).filter((sentAtMs) => sentAtMs > atMs - perMs);
    const full = recent.length >= messages;
    const heldBack = before?.heldBack ?? 0;
    this.floods = new Map(this.floods).set(name, {
      audience,
      sentAtMs: full ? recent : [...recent, atMs],
      heldBack: heldBack + (full ? 1 : 0),
      heldSinceMs: full && heldBack === 0 ? atMs : (before?.heldSinceMs ?? atMs),
    });
    return full;
  }

  private approvalFor(
    conversation: Conversation,
    audience: Thread['audience'],
    number: string,
    template: string,
    atMs: number,
  ): Thread['pending'] {
    const { incidentId: incident } = conversation;
    if (!audience.approval || conversation.drill) return undefined;
    const approvalId = notificationId({
      incident,
      audience: audience.name,
      contact: 'approval',
      channel: 'text',
      template,
      number,
    });
    const releaseAtMs = audience.releaseAfterMs === undefined ? undefined : atMs + audience.releaseAfterMs;
    const releaseAt = releaseAtMs === undefined ? undefined : new Date(releaseAtMs).toISOString();
    this.announce(
      new NotificationApprovalRequested({
        approvalId,
        incident,
        audience: audience.name,
        template,
        ...(releaseAt === undefined ? {} : { releaseAt }),
      }),
      `${approvalId}:requested`,
    );
    const waits =
      releaseAt === undefined ? 'It is not sent without one.' : `It is sent without one at ${formatTime(releaseAt)}.`;
    this.callOwner(
      conversation,
      `approval-${audience.name}-${number}`,
      {
        subject: `Approval needed: a text for ${audience.title}`,
        text: `A ${template} notice for ${audience.title} waits for approval (${approvalId}). ${waits}`,
        needed: true,
      },
      atMs,
    );
    return { approvalId, ...(releaseAtMs === undefined ? {} : { releaseAtMs }) };
  }
}

/** A promise that was given goes on to run while a text waits; there is none before the first. */
function held(before: Thread, atMs: number): number {
  return before.sent ? before.anchorMs : atMs;
}

function withoutWaiting(thread: Thread): Thread {
  const { pending: _pending, owed: _owed, ...rest } = thread;
  return rest;
}

export function closed(thread: Thread): Thread {
  const { owed: _owed, pending: _pending, acknowledged: _acknowledged, ...rest } = thread;
  return { ...rest, state: 'closed' };
}

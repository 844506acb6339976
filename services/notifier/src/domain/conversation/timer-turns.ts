import { EscalationRaised, type NotificationTimerFired } from '@novacron/contracts';
import { isOpen } from '../incident.js';
import { dutyTemplate } from './dispatch.js';
import { type Conversation, silenceAt, type Thread } from './talk.js';
import { frozenRotations } from './frozen-plan.js';
import type { Turn } from './turn.js';
import { nextLevel, timersOf } from './wanted-timers.js';

/** A timer found its update due this much earlier: the next promise runs from now, or it would be broken when it is given. */
const punctualMs = 60_000;

/** The time for something has come. What is no longer wanted — a timer of yesterday's state — changes nothing. */
export function fired(turn: Turn, timer: NotificationTimerFired): void {
  if (timer.kind === 'digest') {
    digest(turn, timer);
    return;
  }
  const conversation = turn.conversation(timer.incident);
  const thread = conversation?.threads.get(timer.audience);
  if (conversation === undefined || thread === undefined || !wanted(turn, conversation, timer)) return;
  const dueAtMs = Date.parse(timer.dueAt);
  const firedAtMs = Date.parse(timer.firedAt);
  const atMs = firedAtMs - dueAtMs > punctualMs ? firedAtMs : dueAtMs;
  const status = turn.incident(timer.incident)?.current ?? 'unknown';
  switch (timer.kind) {
    case 'start':
      turn.tell(conversation, thread, { template: 'initial', status }, atMs);
      break;
    case 'update':
      turn.tell(conversation, thread, { template: thread.sent ? 'progress' : 'initial', status }, atMs);
      break;
    case 'silence-over':
      silenceOver(turn, conversation, thread, atMs);
      break;
    case 'escalate':
      escalate(turn, conversation, thread, atMs);
      break;
    case 'unacknowledge':
      unacknowledge(turn, conversation, thread, atMs);
      break;
    case 'release':
      release(turn, conversation, thread, atMs);
      break;
    // Whether an update is overdue is found in the ledger before this is said; a calm is taken by the incident itself.
    case 'overdue':
    case 'settle':
      break;
  }
}

/** A text is released: its promise of the next one runs from now. */
export function release(turn: Turn, conversation: Conversation, thread: Thread, atMs: number): void {
  const { pending: _pending, ...rest } = thread;
  const anchor = { anchorMs: atMs, anchorSequence: turn.event.sequence };
  const levelSinceMs = thread.sent ? thread.levelSinceMs : atMs;
  turn.keep(conversation, { ...rest, sent: true, levelSinceMs, ...anchor });
}

function wanted(turn: Turn, conversation: Conversation, timer: NotificationTimerFired): boolean {
  const incident = turn.incident(timer.incident);
  const open = incident !== undefined && isOpen(incident);
  // What was written about an incident is still owed when it is over.
  if (!open && timer.kind !== 'release' && timer.kind !== 'silence-over') return false;
  return timersOf(conversation, incident, turn.talk, turn.bounds).some(
    (one) => one.audience === timer.audience && one.kind === timer.kind && one.key === timer.key,
  );
}

function silenceOver(turn: Turn, conversation: Conversation, thread: Thread, atMs: number): void {
  const { owed } = thread;
  if (owed === undefined || silenceAt(turn.talk.silences, { audience: thread.audience.name }, atMs) !== undefined)
    return;
  const incident = turn.incident(conversation.incidentId);
  const template = owed === 'progress' && !thread.sent ? 'initial' : owed;
  turn.tell(conversation, thread, { template, status: incident?.current ?? 'unknown' }, atMs);
}

function escalate(turn: Turn, conversation: Conversation, thread: Thread, atMs: number): void {
  const called = nextLevel(thread);
  if (called === undefined) return;
  const level = thread.level + 1;
  const { title } = thread.audience;
  const reason = `nobody of ${title} has acknowledged since ${new Date(thread.levelSinceMs).toISOString()}`;
  turn.keep(conversation, { ...thread, level, levelSinceMs: atMs });
  turn.dispatch(conversation, thread, {
    template: 'initial',
    number: `${thread.round + 1}-level-${level}`,
    status: 'not acknowledged',
    heading: `Escalation ${level}: nobody of ${title} has acknowledged.`,
    atMs,
    contacts: called.contacts,
    onCall: called.onCall,
    channels: called.channels,
  });
  const { incidentId: incident } = conversation;
  const audience = thread.audience.name;
  turn.announce(
    new EscalationRaised({ incident, audience, level, reason }),
    `${incident}:${audience}:escalation-${thread.round}-${level}`,
  );
}

/** Whoever had it has fallen silent: the audience is called anew, and its chain begins from the start. */
function unacknowledge(turn: Turn, conversation: Conversation, thread: Thread, atMs: number): void {
  const { acknowledged, ...rest } = thread;
  if (acknowledged === undefined) return;
  const round = thread.round + 1;
  const next: Thread = { ...rest, round, level: 0, levelSinceMs: atMs };
  turn.keep(conversation, next);
  turn.dispatch(conversation, next, {
    template: 'initial',
    number: `${round + 1}`,
    status: 'acknowledgement expired',
    heading: `The acknowledgement of ${acknowledged.by} has expired: please acknowledge again.`,
    atMs,
  });
  const { incidentId: incident } = conversation;
  const audience = thread.audience.name;
  turn.announce(
    new EscalationRaised({ incident, audience, level: 0, reason: `${acknowledged.by} has fallen silent` }),
    `${incident}:${audience}:expired-${acknowledged.sequence}`,
  );
}

/** What a flood held back is told as one message. */
function digest(turn: Turn, timer: NotificationTimerFired): void {
  const flood = turn.talk.floods.get(timer.audience);
  if (flood === undefined || flood.heldBack === 0 || String(flood.heldSinceMs) !== timer.key) return;
  const { communication } = turn.estate;
  const atMs = Date.parse(timer.dueAt);
  const thread: Thread = {
    audience: flood.audience,
    state: 'told',
    startsAtMs: atMs,
    sent: true,
    anchorSequence: turn.event.sequence,
    anchorMs: atMs,
    updates: 0,
    level: 0,
    levelSinceMs: atMs,
    round: 0,
  };
  const plan = { audiences: [], rotations: frozenRotations(communication), graceMs: 0 };
  turn.clearFlood(timer.audience);
  turn.dispatch({ incidentId: timer.incident, plan, drill: false, threads: new Map() }, thread, {
    template: dutyTemplate,
    number: `digest-${timer.audience}-${timer.key}`,
    status: 'many messages',
    atMs,
    words: {
      subject: `${flood.heldBack} further messages were held back`,
      text: `So many messages fell due that ${flood.heldBack} were held back. What is open now: ${communication.statusPage.publicUrl ?? communication.statusPage.title}, and the query of deliveries.`,
    },
  });
}

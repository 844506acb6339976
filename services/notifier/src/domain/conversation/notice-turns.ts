import type { Notice } from '../incident-book.js';
import type { FrozenPlan } from './frozen-plan.js';
import type { Thread } from './talk.js';
import type { Turn } from './turn.js';

/** A conversation begins: each audience waits for its start, which for most is now. */
export function opened(turn: Turn, { incident, at }: Notice, plan: FrozenPlan): void {
  if (turn.conversation(incident.id) !== undefined) return;
  const atMs = Date.parse(at);
  const threads = plan.audiences.map((audience): Thread => ({
    audience,
    state: 'waiting',
    startsAtMs: atMs + audience.startAfterMs,
    sent: false,
    anchorSequence: 0,
    anchorMs: atMs,
    updates: 0,
    level: 0,
    levelSinceMs: atMs,
    round: 0,
  }));
  turn.begin({
    incidentId: incident.id,
    plan,
    drill: incident.drill,
    threads: new Map(threads.map((thread) => [thread.audience.name, thread])),
  });
}

/** What happened is told to everyone whose time has come; who still waits hears of it with the first message. */
export function notice(turn: Turn, { incident, template, status, at }: Notice): void {
  const conversation = turn.conversation(incident.id);
  if (conversation === undefined) return;
  const atMs = Date.parse(at);
  for (const thread of conversation.threads.values()) {
    if (template === 'initial' ? thread.startsAtMs > atMs : template === 'progress' && thread.state !== 'told')
      continue;
    const never = template === 'progress' && !thread.sent && thread.pending === undefined;
    turn.tell(conversation, thread, { template: never ? 'initial' : template, status }, atMs);
  }
}

import {
  type NotificationAcknowledged,
  type NotificationApproved,
  type NotificationRequested,
  type NotificationsSilenced,
  token,
  type UpdateOverdue,
} from '@novacron/contracts';
import { isDrill } from '../drill.js';
import { formatDuration, formatTime } from '../formats.js';
import { isOpen } from '../incident.js';
import { acknowledgedTemplate } from './dispatch.js';
import { frozenAudiences, frozenRotations, ownerOf } from './frozen-plan.js';
import type { Thread } from './talk.js';
import { release } from './timer-turns.js';
import type { DutyWords, Turn } from './turn.js';

/** A human has it: nobody else of that audience is called until the acknowledgement expires. */
export function acknowledge(turn: Turn, { incident, audience, by, at, channel }: NotificationAcknowledged): void {
  const conversation = turn.conversation(incident);
  const thread = conversation?.threads.get(audience);
  const known = turn.incident(incident);
  if (conversation === undefined || thread === undefined || known === undefined || !isOpen(known)) return;
  const atMs = Date.parse(at);
  const { sequence } = turn.event;
  turn.keep(conversation, { ...thread, acknowledged: { by, atMs, sequence } });
  const told = thread.audience.channels.filter((name) => name !== channel);
  turn.dispatch(conversation, thread, {
    template: acknowledgedTemplate,
    number: String(sequence),
    status: 'acknowledged',
    atMs,
    channels: told,
    onlyKinds: ['pagerduty'],
    words: { subject: `Acknowledged by ${by}`, text: `${by} has acknowledged at ${formatTime(at)}.` },
  });
}

/** A text that waited is released; one that another has replaced meanwhile is not. */
export function approve(turn: Turn, { approvalId, incident, at }: NotificationApproved): void {
  const conversation = turn.conversation(incident);
  if (conversation === undefined) return;
  for (const thread of conversation.threads.values()) {
    if (thread.pending?.approvalId === approvalId) release(turn, conversation, thread, Date.parse(at));
  }
}

export function silence(turn: Turn, silenced: NotificationsSilenced): void {
  const { silenceId, audience, channel, from, until, reason, owner } = silenced;
  const fromMs = Date.parse(from);
  turn.addSilence(
    {
      id: silenceId,
      fromMs,
      untilMs: Date.parse(until),
      reason,
      owner,
      ...(audience === undefined ? {} : { audience }),
      ...(channel === undefined ? {} : { channel }),
    },
    fromMs,
  );
}

/** A human writes: it goes at once, and the audience's next update is due from then on. */
export function requested(turn: Turn, { incident, audience: name, template, at, values }: NotificationRequested): void {
  const { communication } = turn.estate;
  const atMs = Date.parse(at);
  const known = turn.conversation(incident);
  const thread = known?.threads.get(name) ?? strangers(turn, name, atMs);
  if (thread === undefined) return;
  const conversation = known ?? {
    incidentId: incident,
    plan: { audiences: [], rotations: frozenRotations(communication), graceMs: 0 },
    drill: false,
    threads: new Map<string, Thread>(),
  };
  const { pending } = thread;
  if (known?.threads.has(name) === true) {
    const { pending: _pending, owed: _owed, ...rest } = thread;
    turn.keep(conversation, {
      ...rest,
      state: rest.state === 'waiting' ? 'told' : rest.state,
      sent: true,
      anchorMs: atMs,
      anchorSequence: turn.event.sequence,
      levelSinceMs: rest.sent ? rest.levelSinceMs : atMs,
    });
  }
  turn.dispatch(conversation, thread, {
    template,
    number: `by-hand-${turn.countByHand(`${incident}/${name}/${template}`)}`,
    status: turn.incident(incident)?.current ?? 'message by hand',
    atMs,
    values,
    byHand: true,
    ...(pending === undefined ? {} : { supersedes: pending.approvalId }),
  });
}

/** A promise was broken: those whose duty it is are called. */
export function overdue(turn: Turn, { incident, audience, promisedAt, lateMs }: UpdateOverdue): void {
  const conversation = turn.conversation(incident);
  const thread = conversation?.threads.get(audience);
  if (conversation === undefined || thread === undefined) return;
  const { title } = thread.audience;
  const waits = thread.pending === undefined ? '' : ` A text waits for approval: ${thread.pending.approvalId}.`;
  turn.callOwner(
    conversation,
    `overdue-${audience}-${Date.parse(promisedAt)}`,
    {
      subject: `Update overdue: ${title}`,
      text: `${title} was promised an update for ${formatTime(promisedAt)}, and has not had it ${formatDuration(lateMs)} later.${waits}`,
    },
    Date.parse(promisedAt) + lateMs,
  );
}

/** Another service needs one of us: said to whoever has the duty, in the incident that it belongs to or on its own. */
export function needsUs(turn: Turn, number: string, words: DutyWords): void {
  const { communication } = turn.estate;
  const { correlationId, time } = turn.event;
  const incidentId = token(correlationId);
  const atMs = Date.parse(time);
  const known = turn.conversation(incidentId);
  if (known !== undefined) {
    turn.callOwner(known, number, words, atMs);
    return;
  }
  const owner = ownerOf(communication);
  const thread = owner === undefined ? undefined : strangers(turn, owner, atMs);
  if (thread === undefined) return;
  const plan = { audiences: [], rotations: frozenRotations(communication), graceMs: 0 };
  turn.call({ incidentId, plan, drill: isDrill(turn.event), threads: new Map() }, thread, number, words, atMs);
}

/** An audience of the estate that has no conversation about this. */
function strangers(turn: Turn, name: string, atMs: number): Thread | undefined {
  const { communication } = turn.estate;
  const audience = frozenAudiences(communication.audiences, communication).find((one) => one.name === name);
  if (audience === undefined) return undefined;
  return {
    audience,
    state: 'closed',
    startsAtMs: atMs,
    sent: false,
    anchorSequence: 0,
    anchorMs: atMs,
    updates: 0,
    level: 0,
    levelSinceMs: atMs,
    round: 0,
  };
}

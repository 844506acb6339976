import type { NotificationTimerKind } from '@novacron/contracts';
import { type Incident, isOpen } from '../incident.js';
import type { IncidentBook } from '../incident-book.js';
import type { StormBounds } from './frozen-plan.js';
import { type Conversation, silenceAt, type Talk, type Thread } from './talk.js';

/** Something that must happen at a time, should nothing change until then. */
export interface WantedTimer {
  readonly incident: string;
  readonly audience: string;
  readonly kind: NotificationTimerKind;
  /** What it is set for: when this has changed, the timer is void. */
  readonly key: string;
  readonly dueAtMs: number;
}

/** The incident of timers that belong to none. */
export const noIncident = 'storm';
/** The audience of timers that concern all. */
export const allAudiences = 'all';

/** Every timer that the present state asks for: made anew from it at any time, so that none can be lost for good. */
export function wantedTimers(talk: Talk, book: IncidentBook, bounds: StormBounds): WantedTimer[] {
  const timers: WantedTimer[] = [];
  for (const conversation of talk.conversations.values()) {
    const incident = book.incidents.find((one) => one.id === conversation.incidentId);
    timers.push(...timersOf(conversation, incident, talk, bounds));
  }
  return [...timers, ...digests(talk, bounds)];
}

export function digests(talk: Talk, bounds: StormBounds): WantedTimer[] {
  return [...talk.floods]
    .filter(([, flood]) => flood.heldBack > 0)
    .map(([audience, flood]) => ({
      incident: noIncident,
      audience,
      kind: 'digest',
      key: String(flood.heldSinceMs),
      dueAtMs: flood.heldSinceMs + bounds.perMs,
    }));
}

/** The timers of one incident. */
export function timersOf(
  conversation: Conversation,
  incident: Incident | undefined,
  talk: Talk,
  bounds: StormBounds,
): WantedTimer[] {
  const timers: WantedTimer[] = [];
  for (const thread of conversation.threads.values()) {
    const timer = (kind: NotificationTimerKind, key: string, dueAtMs: number): void =>
      void timers.push({ incident: conversation.incidentId, audience: thread.audience.name, kind, key, dueAtMs });
    ofThread(thread, conversation, talk, timer);
  }
  if (incident?.calmSince !== undefined && isOpen(incident)) {
    timers.push({
      incident: incident.id,
      audience: allAudiences,
      kind: 'settle',
      key: incident.calmSince,
      dueAtMs: Date.parse(incident.calmSince) + bounds.calmMs,
    });
  }
  return timers;
}

function ofThread(
  thread: Thread,
  { plan }: Conversation,
  talk: Talk,
  timer: (kind: NotificationTimerKind, key: string, dueAtMs: number) => void,
): void {
  const { audience, pending, owed, acknowledged } = thread;
  if (pending?.releaseAtMs !== undefined) timer('release', pending.approvalId, pending.releaseAtMs);
  if (owed !== undefined) {
    const silence = silenceAt(talk.silences, { audience: audience.name }, thread.anchorMs);
    if (silence !== undefined) timer('silence-over', silence.id, silence.untilMs);
  }
  if (thread.state === 'waiting') timer('start', '0', thread.startsAtMs);
  if (thread.state !== 'told') return;
  const promisedAtMs = thread.anchorMs + audience.updateEveryMs;
  const key = String(thread.anchorSequence);
  if (pending === undefined && owed === undefined) timer('update', key, promisedAtMs);
  if (thread.sent) timer('overdue', key, promisedAtMs + plan.graceMs);
  if (acknowledged !== undefined) {
    timer('unacknowledge', String(acknowledged.sequence), acknowledged.atMs + audience.acknowledgeForMs);
    return;
  }
  const level = nextLevel(thread);
  if (level !== undefined && thread.sent) {
    timer('escalate', `${thread.round}.${thread.level}`, thread.levelSinceMs + level.afterMs);
  }
}

/** The level that is called next while nobody acknowledges; undefined at the end of the last repetition. */
export function nextLevel({ audience, level }: Thread): Thread['audience']['escalation'][number] | undefined {
  const { escalation, repeatEscalation } = audience;
  if (level >= escalation.length * (repeatEscalation + 1)) return undefined;
  return escalation[level % escalation.length];
}

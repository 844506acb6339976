import type { FrozenAudience, FrozenPlan } from './frozen-plan.js';

/** How far one audience has been told of one incident. Immutable. */
export interface Thread {
  readonly audience: FrozenAudience;
  /** `waiting` for its delayed start; `told`; `closed` when the incident is over. */
  readonly state: 'waiting' | 'told' | 'closed';
  readonly startsAtMs: number;
  /** Whether anything went out: what never heard the beginning is not told of a progress or an end. */
  readonly sent: boolean;
  /** The event that last told it: its promise of the next update runs from here. */
  readonly anchorSequence: number;
  readonly anchorMs: number;
  readonly updates: number;
  /** Levels called since the chain began, and when it was last called. */
  readonly level: number;
  readonly levelSinceMs: number;
  /** Counts how often the chain began anew because an acknowledgement expired. */
  readonly round: number;
  readonly acknowledged?: { readonly by: string; readonly atMs: number; readonly sequence: number };
  readonly pending?: { readonly approvalId: string; readonly releaseAtMs?: number };
  /** What a silence kept back: told once when it ends. */
  readonly owed?: 'initial' | 'progress' | 'resolution';
}

export interface Conversation {
  readonly incidentId: string;
  readonly plan: FrozenPlan;
  readonly drill: boolean;
  readonly threads: ReadonlyMap<string, Thread>;
}

export interface Silence {
  readonly id: string;
  readonly audience?: string;
  readonly channel?: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
  readonly owner: string;
}

/** What an audience was sent lately, over all incidents; apart from it about outages, and as calls for a duty. */
export interface Flood {
  readonly audience: FrozenAudience;
  readonly sentAtMs: readonly number[];
  readonly heldBack: number;
  /** When the first of those was held back. */
  readonly heldSinceMs: number;
}

/** Everything about who was told what, made by nothing but the events in the order they were stored. Immutable. */
export interface Talk {
  readonly conversations: ReadonlyMap<string, Conversation>;
  readonly silences: readonly Silence[];
  readonly floods: ReadonlyMap<string, Flood>;
  /** Messages by hand so far, by incident, audience and template. */
  readonly byHand: ReadonlyMap<string, number>;
}

export const emptyTalk: Talk = { conversations: new Map(), silences: [], floods: new Map(), byHand: new Map() };

/** The silence that keeps an audience or a channel quiet at a time; the one that lasts longest. */
export function silenceAt(
  silences: readonly Silence[],
  what: { readonly audience: string; readonly channel?: string },
  atMs: number,
): Silence | undefined {
  return silences
    .filter((one) => one.fromMs <= atMs && atMs < one.untilMs)
    .filter((one) => one.audience === undefined || one.audience === what.audience)
    .filter((one) => one.channel === what.channel)
    .toSorted((a, b) => b.untilMs - a.untilMs)[0];
}

import type { PublicIncident, PublicUpdate } from '../facts/status-facts.js';

/** One who is told by e-mail, as the store has it: the address is sealed. */
export interface Subscriber {
  readonly sealed: string;
  /** Empty: all. */
  readonly components: readonly string[];
  readonly language: string;
  readonly askedAt: string;
  readonly confirmedAt?: string;
  /** The updates that were sent, newest last. */
  readonly told: readonly string[];
}

export interface DueUpdate {
  readonly key: string;
  readonly incident: PublicIncident;
  readonly update: PublicUpdate;
}

/** An update this old is no news. */
const tooOldMs = 6 * 60 * 60_000;

export function updateKey(incident: PublicIncident, update: PublicUpdate): string {
  return `${incident.id}/${update.id}`;
}

/** What a subscriber is still to be told, oldest first: since the confirmation, of the chosen components, and not yet sent. */
export function dueUpdates(
  subscriber: Subscriber,
  incidents: readonly PublicIncident[],
  nowMs: number,
): readonly DueUpdate[] {
  const { confirmedAt, components, told } = subscriber;
  if (confirmedAt === undefined) return [];
  const known = new Set(told);
  return incidents
    .filter((incident) => components.length === 0 || incident.components.some((id) => components.includes(id)))
    .flatMap((incident) => incident.updates.map((update) => ({ key: updateKey(incident, update), incident, update })))
    .filter(
      ({ key, update }) => update.at >= confirmedAt && nowMs - Date.parse(update.at) <= tooOldMs && !known.has(key),
    )
    .toSorted((a, b) => (a.update.at < b.update.at ? -1 : 1));
}

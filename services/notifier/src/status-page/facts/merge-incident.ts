import type { PublicIncident, PublicUpdate } from './status-facts.js';

/**
 * What is remembered of an incident together with what the events say of it now. What was published stays as it was: an update is
 * added, or given the words that customers were sent, but never taken back or rewritten. The events may have forgotten its beginning, as
 * they are kept for ninety days only; the same object comes back where nothing is new.
 */
export function mergedIncident(known: PublicIncident | undefined, found: PublicIncident): PublicIncident {
  if (known === undefined) return found;
  const updates = mergedUpdates(known.updates, found.updates);
  // What was said by hand after the last event is the last word on the status.
  const last = updates.at(-1);
  const byHand =
    last !== undefined && !found.updates.some(({ id }) => id === last.id) && last.at > (found.updates.at(-1)?.at ?? '');
  const over = known.status === 'resolved' || (byHand && last.status === 'resolved');
  const status = over ? 'resolved' : byHand ? last.status : found.status;
  const restoredAt = known.restoredAt ?? found.restoredAt;
  const resolvedAt = known.resolvedAt ?? found.resolvedAt;
  const { nextUpdateBy } = found;
  const merged: PublicIncident = {
    id: known.id,
    ...(known.title === undefined ? {} : { title: known.title }),
    startedAt: known.startedAt < found.startedAt ? known.startedAt : found.startedAt,
    status,
    impact: found.impact,
    components: [...new Set([...known.components, ...found.components])],
    updates,
    ...(restoredAt === undefined ? {} : { restoredAt }),
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(nextUpdateBy === undefined || status === 'resolved' ? {} : { nextUpdateBy }),
  };
  return JSON.stringify(merged) === JSON.stringify(known) ? known : merged;
}

function mergedUpdates(known: readonly PublicUpdate[], found: readonly PublicUpdate[]): readonly PublicUpdate[] {
  const byId = new Map(known.map((update) => [update.id, update]));
  for (const update of found) {
    const old = byId.get(update.id);
    if (old === undefined || (old.subject === undefined && update.subject !== undefined)) byId.set(update.id, update);
  }
  return [...byId.values()].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1));
}

import type {
  RestorationCompleted,
  RestorationFailed,
  RestorationPhaseDone,
  RestorationPlanned,
} from '@novacron/contracts';
import { advance, isOpen, resolve } from '../incident.js';
import { type Fold, incidentOf, once, openIncidentWhere, progress, withIncident } from '../incident-book.js';
import { words } from '../words.js';

/** A restoration is started by a human, with a correlation of its own: it belongs to the incident whose site it goes to. */
export const restorationPlanned: Fold<RestorationPlanned> = (book, event) => {
  const { operationId, fromSite, toSite, estimateMs } = event.data;
  const incident = openIncidentWhere(book, (one) => one.site === toSite && one.runningOn === fromSite);
  if (incident === undefined) return { book };
  const change = {
    phase: 'returning',
    operations: [...incident.operations, operationId],
    expectedEnd: new Date(Date.parse(event.time) + estimateMs).toISOString(),
    current: words.returning(toSite),
  } as const;
  return { book: withIncident(book, advance(incident, change, { at: event.time, words: words.returnBegun(toSite) })) };
};

export const restorationPhaseDone: Fold<RestorationPhaseDone> = (book, event) => {
  const { operationId, title, index, phases } = event.data;
  const incident = incidentOf(book, event, operationId);
  if (incident === undefined || !isOpen(incident)) return { book };
  const change = {
    percentage: Math.min(99, 50 + Math.round((50 * index) / Math.max(1, phases))),
    tasksDone: [...incident.tasksDone, title],
    milestones: [...incident.milestones, title],
    step: { number: Math.min(phases, index), count: phases },
  };
  return { book: withIncident(book, advance(incident, change, { at: event.time, words: words.phaseDone(title) })) };
};

export const restorationCompleted: Fold<RestorationCompleted> = (before, event) => {
  const { operationId, toSite, orphanRows } = event.data;
  const book = { ...before, activeSite: toSite };
  const incident =
    incidentOf(book, event, operationId) ??
    openIncidentWhere(book, (one) => one.site === toSite && one.runningOn !== undefined);
  if (incident === undefined || !isOpen(incident)) return { book };
  // What the lost site's own disk had and nobody else has: surer than what was measured from afar.
  const found = orphanRows === undefined ? incident : { ...incident, lostRows: orphanRows };
  return once(book, resolve(found, event.time, words.home(toSite)), 'resolution', event.time);
};

export const restorationFailed: Fold<RestorationFailed> = (book, event) => {
  const incident = incidentOf(book, event, event.data.operationId);
  if (incident === undefined || !isOpen(incident)) return { book };
  const next = advance(
    incident,
    { phase: 'running-elsewhere', current: words.preparingReturn(incident.site) },
    { at: event.time, words: words.returnStopped(incident.runningOn) },
  );
  return progress(book, next, event.time, words.statusReturnStopped(incident.runningOn));
};

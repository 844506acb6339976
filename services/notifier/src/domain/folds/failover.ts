import type {
  FailoverCompleted,
  FailoverDecided,
  FailoverFailed,
  FailoverRolledBack,
  FailoverStepDone,
} from '@novacron/contracts';
import { advance, type Incident, isOpen, resolve } from '../incident.js';
import {
  type Fold,
  type IncidentBook,
  incidentOf,
  once,
  openIncidentWhere,
  progress,
  withIncident,
} from '../incident-book.js';
import { words } from '../words.js';
import { open } from './health.js';

/** A decision not to act changes nothing that people must be told. */
export const failoverDecided: Fold<FailoverDecided> = (before, event, estate) => {
  const { site, shouldFailover, targetSite, services, operationId, rule, evidence } = event.data;
  if (!shouldFailover || wayHome(before, site, targetSite) !== undefined) return { book: before };

  const known =
    incidentOf(before, event, operationId) ??
    openIncidentWhere(before, (one) => one.site === site && one.kind !== 'degradation');
  // A human's planned switchover of a healthy site is no incident.
  const trouble = rule !== undefined || ['lost', 'degraded'].includes(before.sites.get(site) ?? 'unknown');
  if (known === undefined && !trouble) return { book: before };
  const since = evidence[0]?.observedAt ?? event.time;
  const opened = known === undefined ? open(before, event, estate, site, since) : { book: before };
  const incident = known ?? opened.notice?.incident;
  if (incident === undefined || !isOpen(incident)) return { book: before };

  const change: Partial<Incident> = {
    phase: 'moving',
    moveUnderWay: true,
    current: words.moving(targetSite),
    ...(services.length === 0 ? {} : { services }),
    ...(operationId === undefined ? {} : { operations: [...incident.operations, operationId] }),
  };
  const next = advance(incident, change, { at: event.time, words: words.decided(targetSite) });
  const { notice } = opened;
  return {
    book: withIncident(opened.book, next),
    ...(notice === undefined ? {} : { notice: { ...notice, incident: next } }),
  };
};

/** The move is the first half of the way: the return home is the second. */
export const failoverStepDone: Fold<FailoverStepDone> = (book, event) => {
  const { operationId, title, steps } = event.data;
  const incident = incidentOf(book, event, operationId);
  if (incident === undefined || !isOpen(incident) || incident.restoredAt !== undefined) return { book };
  // Counted, as steps that run side by side do not end in the order of the runbook.
  const tasksDone = [...incident.tasksDone, title];
  const percentage = Math.min(50, Math.round((50 * tasksDone.length) / Math.max(1, steps)));
  const step = { number: Math.min(steps, tasksDone.length), count: steps };
  return { book: withIncident(book, { ...incident, percentage, tasksDone, step }) };
};

export const failoverCompleted: Fold<FailoverCompleted> = (before, event) => {
  const { operationId, fromSite, toSite, lostBytes, lostRows, lossMs } = event.data;
  const book = { ...before, activeSite: toSite };
  const home = wayHome(before, fromSite, toSite);
  if (home !== undefined) {
    const said = { at: event.time, words: words.trafficIsHome(toSite) };
    // A restoration goes on to watch and then says that it is over; a move by hand has nobody else to say so.
    if (home.phase === 'returning')
      return { book: withIncident(book, advance(home, { current: words.watching }, said)) };
    return once(book, resolve(home, event.time, words.home(toSite)), 'resolution', event.time);
  }
  const incident =
    incidentOf(book, event, operationId) ??
    openIncidentWhere(book, (one) => one.site === fromSite && one.kind !== 'degradation');
  if (incident === undefined || !isOpen(incident) || incident.runningOn === toSite) return { book };

  const change: Partial<Incident> = {
    phase: 'running-elsewhere',
    moveUnderWay: false,
    runningOn: toSite,
    restoredAt: incident.restoredAt ?? event.time,
    percentage: 50,
    milestones: [...incident.milestones, words.moved(toSite)],
    current: words.preparingReturn(incident.site),
    ...(lostBytes === undefined ? {} : { lostBytes }),
    ...(lostRows === undefined ? {} : { lostRows }),
    ...rpoReached(lostBytes, lossMs),
  };
  const said = { at: event.time, words: words.restoredOn(toSite) };
  return progress(book, advance(incident, change, said), event.time, words.statusRestored(toSite));
};

/** What was lost has an age; where nothing was, the newest change is there. */
function rpoReached(lostBytes: number | undefined, lossMs: number | undefined): Pick<Incident, 'rpoReachedMs'> {
  if (lostBytes === 0) return { rpoReachedMs: 0 };
  return lossMs === undefined ? {} : { rpoReachedMs: lossMs };
}

export const failoverFailed: Fold<FailoverFailed> = (book, event) => {
  const incident = moving(incidentOf(book, event, event.data.operationId));
  if (incident === undefined) return { book };
  const change: Partial<Incident> = { phase: 'investigating', moveUnderWay: false, current: words.byHand };
  const next = advance(incident, change, { at: event.time, words: words.moveStopped });
  return progress(book, next, event.time, words.statusStopped);
};

export const failoverRolledBack: Fold<FailoverRolledBack> = (book, event) => {
  const incident = moving(incidentOf(book, event, event.data.operationId));
  if (incident === undefined) return { book };
  if (incident.siteWorks) {
    return once(book, resolve(incident, event.time, words.recovered(incident)), 'resolution', event.time);
  }
  const change: Partial<Incident> = { phase: 'investigating', moveUnderWay: false, current: words.byHand };
  const next = advance(incident, change, { at: event.time, words: words.moveUndone });
  return progress(book, next, event.time, words.statusStopped);
};

/** The incident that this move brings home: from where the service was moved to, back to the site that was lost. */
function wayHome(book: IncidentBook, from: string, to: string | undefined): Incident | undefined {
  return openIncidentWhere(book, (incident) => incident.runningOn === from && incident.site === to);
}

/** Only the first move is told by failover's events; a restoration tells of its own. */
function moving(incident: Incident | undefined): Incident | undefined {
  return incident !== undefined && isOpen(incident) && incident.runningOn === undefined ? incident : undefined;
}

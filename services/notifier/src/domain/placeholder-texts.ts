import { durationMs, type Estate, type PlaceholderTexts } from '@novacron/contracts';
import type { FrozenAudience } from './conversation/frozen-plan.js';
import { formatTime, readable } from './formats.js';
import { downtimeMs, type Incident } from './incident.js';
import { type Wording, wordingOf } from './wording/wording.js';

/** What a message is about, besides its incident. */
export interface MessageFacts {
  /** When it fell due, RFC 3339. */
  readonly at: string;
  readonly updateNumber: number;
  readonly status: string;
}

/** Every value that a message about an incident may use, written for one audience, in its language. */
export function placeholderTexts(
  incident: Incident,
  facts: MessageFacts,
  audience: FrozenAudience,
  estate: Estate,
): PlaceholderTexts {
  const { at, updateNumber, status } = facts;
  const atMs = Date.parse(at);
  const { step } = incident;
  const wording = wordingOf(audience.language);
  return {
    ...estateTexts(audience, estate),
    SERVICES: wording.list(servicesFor(incident, audience, estate).map(readable), 'no service'),
    IMPACT_DESCRIPTION: impact(incident, wording),
    START_TIME: formatTime(incident.since),
    UPDATE_NUMBER: String(updateNumber),
    CURRENT_STATUS: wording.translate(status),
    PROGRESS_PERCENTAGE: String(incident.percentage),
    COMPLETED_TASKS: tasks(audience.customer ? incident.milestones : incident.tasksDone, wording),
    CURRENT_TASKS: wording.translate(incident.current),
    ETA: expectedEnd(incident, estate, wording),
    NEXT_UPDATE_TIME: formatTime(new Date(atMs + audience.updateEveryMs).toISOString()),
    RESOLUTION_TIME: formatTime(incident.resolvedAt ?? at),
    TOTAL_DOWNTIME: incident.kind === 'outage' ? wording.duration(downtimeMs(incident, atMs)) : wording.say('none'),
    INCIDENT: incident.id,
    SITE: incident.site,
    RTO_LEFT: rtoLeft(incident, estate, atMs, wording),
    RPO_REACHED:
      incident.rpoReachedMs === undefined ? wording.say('not known yet') : wording.duration(incident.rpoReachedMs),
    DATA_LOSS: dataLoss(incident, wording),
    STEP_NUMBER: String(step?.number ?? 0),
    STEP_COUNT: String(step?.count ?? 0),
  };
}

/** What is known without an incident. */
export function estateTexts(audience: FrozenAudience, estate: Estate): PlaceholderTexts {
  const { statusPage, hotline } = estate.communication;
  const wording = wordingOf(audience.language);
  return {
    UPDATE_INTERVAL: wording.duration(audience.updateEveryMs),
    STATUS_PAGE: statusPage.publicUrl ?? statusPage.title,
    AUDIENCE: audience.title,
    HOTLINE: hotline ?? wording.say('none'),
  };
}

/** Customers read of the services that are theirs; the teams of all. */
export function servicesFor(incident: Incident, audience: { customer: boolean }, estate: Estate): readonly string[] {
  if (!audience.customer) return incident.services;
  const open = new Set(estate.services.filter((service) => service.public === true).map((service) => service.name));
  const visible = incident.services.filter((name) => open.has(name));
  return open.size === 0 || visible.length === 0 ? incident.services : visible;
}

/** Titles hold commas of their own. */
function tasks(titles: readonly string[], wording: Wording): string {
  if (titles.length === 0) return wording.say('nothing yet');
  return titles.map((title) => wording.translate(title)).join('; ');
}

const namedSites = 5;

function impact({ kind, site, troubledSites }: Incident, wording: Wording): string {
  switch (kind) {
    case 'outage':
      return wording.say('These services do not answer, or only in part, since the {site} site was lost.', { site });
    case 'redundancy':
      return wording.say('None for users. Until the {site} site is back there is one standby less.', { site });
    case 'degradation': {
      const more = troubledSites.length - namedSites;
      const sites = wording.list(troubledSites.slice(0, namedSites), 'none any more');
      return more > 0
        ? wording.say('Parts do not work, or only slowly, at: {sites} and {count} more.', {
            sites,
            count: String(more),
          })
        : wording.say('Parts do not work, or only slowly, at: {sites}.', { sites });
    }
  }
}

/** The tightest promise of the affected services, from the start of the incident. */
function rtoDueMs(incident: Incident, estate: Estate): number {
  const promises = estate.objectives.tiers
    .filter((tier) => tier.services.some((name) => incident.services.includes(name)))
    .map((tier) => durationMs(tier.rto));
  const rtoMs = promises.length === 0 ? durationMs(estate.objectives.overall.rto) : Math.min(...promises);
  return Date.parse(incident.since) + rtoMs;
}

function rtoLeft(incident: Incident, estate: Estate, atMs: number, wording: Wording): string {
  if (incident.kind !== 'outage') return wording.say('not affected');
  const dueMs = rtoDueMs(incident, estate);
  const endMs = incident.restoredAt === undefined ? atMs : Date.parse(incident.restoredAt);
  if (endMs > dueMs) return wording.say('none: exceeded by {time}', { time: wording.duration(endMs - dueMs) });
  return incident.restoredAt === undefined
    ? wording.duration(dueMs - atMs)
    : wording.say('kept, with {time} to spare', { time: wording.duration(dueMs - endMs) });
}

/** Never "none" without evidence. */
function dataLoss(incident: Incident, wording: Wording): string {
  const { kind, lostBytes, lostRows, rpoReachedMs, restoredAt } = incident;
  if (kind !== 'outage') return wording.say('none: the data was never at risk');
  const rows = String(lostRows ?? 0);
  const bytes = String(lostBytes ?? 0);
  if (lostRows === 0 || (lostRows === undefined && lostBytes === 0))
    return wording.say('none: every acknowledged change is there');
  if (lostBytes === undefined || lostBytes === 0) {
    if (lostRows !== undefined) return wording.say('{rows} changes before the failure were lost', { rows });
    return wording.say(restoredAt === undefined ? 'not known yet' : 'none is known of');
  }
  if (rpoReachedMs === undefined)
    return wording.say('the last {bytes} bytes of changes before the failure were lost', { bytes });
  const time = wording.duration(rpoReachedMs);
  return lostRows === undefined
    ? wording.say('changes of the last {time} before the failure were lost ({bytes} bytes)', { time, bytes })
    : wording.say('{rows} changes of the last {time} before the failure were lost ({bytes} bytes)', {
        rows,
        time,
        bytes,
      });
}

/** The promise of the affected services' tightest tier while service is out; the return's own estimate once it runs. */
function expectedEnd(incident: Incident, estate: Estate, wording: Wording): string {
  if (incident.expectedEnd !== undefined) return formatTime(incident.expectedEnd);
  if (incident.restoredAt !== undefined) return wording.say('announced once the return is planned');
  const time = formatTime(new Date(rtoDueMs(incident, estate)).toISOString());
  return wording.say('at the latest {time}', { time });
}

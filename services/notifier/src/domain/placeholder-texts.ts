import { durationMs, type Estate, type PlaceholderTexts } from '@novacron/contracts';
import type { FrozenAudience } from './conversation/frozen-plan.js';
import { formatDuration, formatList, formatTime, readable } from './formats.js';
import { downtimeMs, type Incident } from './incident.js';

/** What a message is about, besides its incident. */
export interface MessageFacts {
  /** When it fell due, RFC 3339. */
  readonly at: string;
  readonly updateNumber: number;
  readonly status: string;
}

/** Every value that a message about an incident may use, written for one audience. */
export function placeholderTexts(
  incident: Incident,
  facts: MessageFacts,
  audience: FrozenAudience,
  estate: Estate,
): PlaceholderTexts {
  const { at, updateNumber, status } = facts;
  const atMs = Date.parse(at);
  const { step } = incident;
  return {
    ...estateTexts(audience, estate),
    SERVICES: formatList(servicesFor(incident, audience, estate).map(readable), 'no service'),
    IMPACT_DESCRIPTION: impact(incident),
    START_TIME: formatTime(incident.since),
    UPDATE_NUMBER: String(updateNumber),
    CURRENT_STATUS: status,
    PROGRESS_PERCENTAGE: String(incident.percentage),
    COMPLETED_TASKS: tasks(audience.customer ? incident.milestones : incident.tasksDone),
    CURRENT_TASKS: incident.current,
    ETA: expectedEnd(incident, estate),
    NEXT_UPDATE_TIME: formatTime(new Date(atMs + audience.updateEveryMs).toISOString()),
    RESOLUTION_TIME: formatTime(incident.resolvedAt ?? at),
    TOTAL_DOWNTIME: incident.kind === 'outage' ? formatDuration(downtimeMs(incident, atMs)) : 'none',
    INCIDENT: incident.id,
    SITE: incident.site,
    RTO_LEFT: rtoLeft(incident, estate, atMs),
    RPO_REACHED: incident.rpoReachedMs === undefined ? 'not known yet' : formatDuration(incident.rpoReachedMs),
    DATA_LOSS: dataLoss(incident),
    STEP_NUMBER: String(step?.number ?? 0),
    STEP_COUNT: String(step?.count ?? 0),
  };
}

/** What is known without an incident. */
export function estateTexts(audience: FrozenAudience, estate: Estate): PlaceholderTexts {
  const { statusPage, hotline } = estate.communication;
  return {
    UPDATE_INTERVAL: formatDuration(audience.updateEveryMs),
    STATUS_PAGE: statusPage.publicUrl ?? statusPage.title,
    AUDIENCE: audience.title,
    HOTLINE: hotline ?? 'none',
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
function tasks(titles: readonly string[]): string {
  return titles.length === 0 ? 'nothing yet' : titles.join('; ');
}

const namedSites = 5;

function impact(incident: Incident): string {
  switch (incident.kind) {
    case 'outage':
      return `These services do not answer, or only in part, since the ${incident.site} site was lost.`;
    case 'redundancy':
      return `None for users. Until the ${incident.site} site is back there is one standby less.`;
    case 'degradation': {
      const { troubledSites } = incident;
      const more = troubledSites.length - namedSites;
      const sites = formatList(troubledSites.slice(0, namedSites), 'none any more');
      return `Parts do not work, or only slowly, at: ${sites}${more > 0 ? ` and ${more} more` : ''}.`;
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

function rtoLeft(incident: Incident, estate: Estate, atMs: number): string {
  if (incident.kind !== 'outage') return 'not affected';
  const dueMs = rtoDueMs(incident, estate);
  const endMs = incident.restoredAt === undefined ? atMs : Date.parse(incident.restoredAt);
  if (endMs > dueMs) return `none: exceeded by ${formatDuration(endMs - dueMs)}`;
  return incident.restoredAt === undefined
    ? formatDuration(dueMs - atMs)
    : `kept, with ${formatDuration(dueMs - endMs)} to spare`;
}

/** Never "none" without evidence. */
function dataLoss({ kind, lostBytes, restoredAt }: Incident): string {
  if (kind !== 'outage') return 'none: the data was never at risk';
  if (lostBytes === 0) return 'none: every acknowledged change is there';
  if (lostBytes !== undefined) return `the last ${lostBytes} bytes of changes before the failure were lost`;
  return restoredAt === undefined ? 'not known yet' : 'none is known of';
}

/** The promise of the affected services' tightest tier while service is out; the return's own estimate once it runs. */
function expectedEnd(incident: Incident, estate: Estate): string {
  if (incident.expectedEnd !== undefined) return formatTime(incident.expectedEnd);
  if (incident.restoredAt !== undefined) return 'announced once the return is planned';
  return `at the latest ${formatTime(new Date(rtoDueMs(incident, estate)).toISOString())}`;
}

import { type Audience, durationMs, type Estate } from '@novacron/contracts';
import type { PlaceholderTexts } from '../templates/placeholders.js';
import { formatDuration, formatList, formatTime, readable } from './formats.js';
import { downtimeMs, type Incident } from './incident.js';
import type { Notice } from './incident-book.js';

/** Every value that a message of this notice may use, written for one audience. */
export function placeholderTexts(notice: Notice, audience: Audience, estate: Estate): PlaceholderTexts {
  const { incident, at } = notice;
  const updateMs = durationMs(audience.updateEvery);
  return {
    SERVICES: formatList(servicesFor(incident, audience, estate).map(readable), 'no service'),
    IMPACT_DESCRIPTION: impact(incident),
    START_TIME: formatTime(incident.since),
    UPDATE_INTERVAL: formatDuration(updateMs),
    STATUS_PAGE: estate.communication.statusPage.publicUrl ?? estate.communication.statusPage.title,
    UPDATE_NUMBER: String(notice.number),
    CURRENT_STATUS: notice.status,
    PROGRESS_PERCENTAGE: String(incident.percentage),
    COMPLETED_TASKS: tasks(audience.customer === true ? incident.milestones : incident.tasksDone),
    CURRENT_TASKS: incident.current,
    ETA: expectedEnd(incident, estate),
    NEXT_UPDATE_TIME: formatTime(new Date(Date.parse(at) + updateMs).toISOString()),
    RESOLUTION_TIME: formatTime(incident.resolvedAt ?? at),
    TOTAL_DOWNTIME: incident.kind === 'outage' ? formatDuration(downtimeMs(incident, Date.parse(at))) : 'none',
    INCIDENT: incident.id,
    SITE: incident.site,
    AUDIENCE: audience.title,
    HOTLINE: estate.communication.hotline ?? 'none',
  };
}

/** Customers read of the services that are theirs; the teams of all. */
export function servicesFor(incident: Incident, audience: Audience, estate: Estate): readonly string[] {
  if (audience.customer !== true) return incident.services;
  const open = new Set(estate.services.filter((service) => service.public === true).map((service) => service.name));
  const visible = incident.services.filter((name) => open.has(name));
  return open.size === 0 || visible.length === 0 ? incident.services : visible;
}

/** Titles hold commas of their own. */
function tasks(titles: readonly string[]): string {
  return titles.length === 0 ? 'nothing yet' : titles.join('; ');
}

function impact(incident: Incident): string {
  return incident.kind === 'outage'
    ? `These services do not answer, or only in part, since the ${incident.site} site was lost.`
    : `None for users. Until the ${incident.site} site is back there is one standby less.`;
}

/** The promise of the affected services' tightest tier while service is out; the return's own estimate once it runs. */
function expectedEnd(incident: Incident, estate: Estate): string {
  if (incident.expectedEnd !== undefined) return formatTime(incident.expectedEnd);
  if (incident.restoredAt !== undefined) return 'announced once the return is planned';
  const promises = estate.objectives.tiers
    .filter((tier) => tier.services.some((name) => incident.services.includes(name)))
    .map((tier) => durationMs(tier.rto));
  const rtoMs = promises.length === 0 ? durationMs(estate.objectives.overall.rto) : Math.min(...promises);
  return `at the latest ${formatTime(new Date(Date.parse(incident.since) + rtoMs).toISOString())}`;
}

import { incidentOfKey } from './pagerduty-channel.js';

/** An acknowledgement by a human at PagerDuty. */
export interface PagerDutyAcknowledgement {
  readonly incident: string;
  readonly audience: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly id: string;
}

/** What a webhook v3 says of an incident of ours; undefined for everything that is no acknowledgement of one. */
export function acknowledgementIn(body: unknown): PagerDutyAcknowledgement | undefined {
  const event = field(body, 'event');
  if (field(event, 'event_type') !== 'incident.acknowledged') return undefined;
  const data = field(event, 'data');
  const key = field(data, 'incident_key');
  const ours = typeof key === 'string' ? incidentOfKey(key) : undefined;
  const id = field(event, 'id');
  const at = field(event, 'occurred_at');
  if (ours === undefined || typeof id !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) {
    return undefined;
  }
  const by = field(field(event, 'agent'), 'summary');
  return {
    ...ours,
    id,
    at: new Date(at).toISOString(),
    by: typeof by === 'string' && by !== '' ? by.slice(0, 200) : 'pagerduty',
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

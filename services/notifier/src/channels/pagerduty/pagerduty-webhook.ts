import { incidentOfKey } from './pagerduty-channel.js';

/** What a human did at PagerDuty with an incident of ours. */
export interface PagerDutyNews {
  /** `withdrawn`: nobody has it any more. */
  readonly what: 'acknowledged' | 'withdrawn';
  readonly incident: string;
  readonly audience: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly id: string;
}

/**
 * What a webhook v3 says of an incident of ours; undefined for everything that changes nothing here: escalations and reassignments are
 * PagerDuty's own. Who closes an incident there has seen it, unless it was us who closed it.
 */
export function pagerDutyNews(body: unknown): PagerDutyNews | undefined {
  const event = field(body, 'event');
  const agent = field(event, 'agent');
  const what = kindOf(field(event, 'event_type'), field(agent, 'type'));
  const key = field(field(event, 'data'), 'incident_key');
  const ours = typeof key === 'string' ? incidentOfKey(key) : undefined;
  const id = field(event, 'id');
  const at = field(event, 'occurred_at');
  if (what === undefined || ours === undefined || typeof id !== 'string') return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  const by = field(agent, 'summary');
  return {
    what,
    ...ours,
    id,
    at: new Date(at).toISOString(),
    by: typeof by === 'string' && by !== '' ? by.slice(0, 200) : 'pagerduty',
  };
}

function kindOf(type: unknown, agent: unknown): PagerDutyNews['what'] | undefined {
  if (type === 'incident.acknowledged') return 'acknowledged';
  if (type === 'incident.unacknowledged') return 'withdrawn';
  return type === 'incident.resolved' && agent === 'user_reference' ? 'acknowledged' : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

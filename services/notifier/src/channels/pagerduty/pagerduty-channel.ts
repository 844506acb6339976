import type { HttpAnswer } from '@novacron/drivers';
import type { Outcome } from '../../domain/retry.js';
import { acknowledgedTemplate, dutyTemplate } from '../../domain/conversation/dispatch.js';
import type { Channel, OutgoingMessage } from '../channel.js';
import { jsonOf, post } from '../http/post.js';

export interface PagerDutySettings {
  readonly name: string;
  readonly routingKey: () => Promise<string>;
  readonly url?: string;
  readonly timeoutMs?: number;
  readonly nowMs?: () => number;
}

const detailsMax = 400_000;

/**
 * PagerDuty's Events API v2. Everything about one incident has one `dedup_key`, so that it is one alarm there, however often it is
 * told; what must call people again has a key of its own, as an alarm that is acknowledged calls nobody.
 */
export class PagerDutyChannel implements Channel {
  readonly name: string;
  readonly kind = 'pagerduty';
  /** The `dedup_key` makes the same event one. */
  readonly repeatable = true;

  constructor(private readonly settings: PagerDutySettings) {
    this.name = settings.name;
  }

  async send(message: OutgoingMessage, commit: () => Promise<void>): Promise<Outcome> {
    const { routingKey, url = 'https://events.pagerduty.com/v2/enqueue', timeoutMs = 10_000 } = this.settings;
    const nowMs = (this.settings.nowMs ?? Date.now)();
    const key = await routingKey();
    await commit();
    let outcome: Outcome = { kind: 'accepted' };
    for (const event of pagerDutyEvents(message, key)) {
      outcome = await post({
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
        timeoutMs,
        nowMs,
        repeatable: this.repeatable,
        accepted,
      });
      if (outcome.kind !== 'accepted') return outcome;
    }
    return outcome;
  }
}

/**
 * The events for a message: an incident's end resolves every alarm that it has raised, an acknowledgement acknowledges them, all
 * else triggers one.
 */
export function pagerDutyEvents(message: OutgoingMessage, routingKey: string): readonly object[] {
  const { template, alarms = [] } = message;
  const action = template === 'resolution' ? 'resolve' : template === acknowledgedTemplate ? 'acknowledge' : undefined;
  if (action === undefined) return [trigger(message, routingKey)];
  const keys = [...new Set([...alarms.filter((key) => incidentOfKey(key) !== undefined), dedupKey(message)])];
  return keys.map((key) => ({ routing_key: routingKey, event_action: action, dedup_key: key }));
}

function trigger(message: OutgoingMessage, routingKey: string): object {
  const { template, subject, text, incident, causedAt, drill } = message;
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: dedupKey(message),
    client: 'NovaCron DR',
    payload: {
      summary: subject,
      source: incident,
      severity: drill ? 'info' : template === 'progress' ? 'warning' : 'critical',
      timestamp: causedAt,
      class: 'disaster-recovery',
      custom_details: {
        text: text.slice(0, detailsMax),
        audience: message.audience,
        notification: message.notificationId,
      },
    },
  };
}

/** At most 255 characters. What must call again — a level, an expired acknowledgement, a duty — is an alarm of its own. */
export function dedupKey({
  incident,
  audience,
  template,
  notificationId,
}: Pick<OutgoingMessage, 'incident' | 'audience' | 'template' | 'notificationId'>): string {
  const number = notificationId.slice(notificationId.lastIndexOf(`_${template}-`) + template.length + 2);
  const own = template === dutyTemplate || (template === 'initial' && number !== '1');
  return `dr/${incident}/${audience}${own ? `/${template}-${number}` : ''}`.slice(0, 255);
}

/** The incident and audience that a `dedup_key` of ours names. */
export function incidentOfKey(key: string): { readonly incident: string; readonly audience: string } | undefined {
  const match = /^dr\/(?<incident>[^/]+)\/(?<audience>[^/]+)(?:\/|$)/u.exec(key);
  const { incident, audience } = match?.groups ?? {};
  return incident === undefined || audience === undefined ? undefined : { incident, audience };
}

function accepted(answer: HttpAnswer): Outcome {
  const { dedup_key: key } = jsonOf(answer);
  return { kind: 'accepted', ...(typeof key === 'string' ? { providerId: key } : {}) };
}

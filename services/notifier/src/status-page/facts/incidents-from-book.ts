import { durationMs, type Estate } from '@novacron/contracts';
import type { Incident, IncidentPhase } from '../../domain/incident.js';
import type { Publish } from './public-text.js';
import {
  componentsOf,
  type PublicComponent,
  type PublicGroup,
  type PublicIncident,
  type PublicUpdate,
} from './status-facts.js';

/** A message as it was made for somebody: the ledger's rows are that. */
export interface ToldMessage {
  readonly audience: string;
  readonly template: string;
  readonly subject: string;
  readonly text: string;
  /** When the event that caused it happened, RFC 3339. */
  readonly causedAt: string;
  readonly byHand: boolean;
  readonly drill: boolean;
  /** The same without the marks of its channel, where those differ. */
  readonly plain?: { readonly subject: string; readonly text: string };
  /** The approval it waits for: nobody is told before. */
  readonly heldFor?: string;
}

const statusOf = {
  investigating: 'investigating',
  moving: 'identified',
  'running-elsewhere': 'monitoring',
  returning: 'monitoring',
  resolved: 'resolved',
} as const satisfies Readonly<Record<IncidentPhase, PublicUpdate['status']>>;

/** What an incident is seen with. */
export interface PublicView {
  readonly estate: Estate;
  readonly groups: readonly PublicGroup[];
  readonly clean: Publish;
  /** The site that carries the service. */
  readonly activeSite: string;
  /** Whether the public has seen it before. */
  readonly known: boolean;
}

/**
 * An incident of the notifier's book as the public sees it; undefined for one that does not concern customers: an exercise, a lost
 * standby, trouble elsewhere. Each line of its timeline has the words that customers were sent for the same event, those of the first
 * customer audience; where customers were sent nothing, the line that their messages' placeholders are made of.
 */
export function publicIncident(
  incident: Incident,
  told: Iterable<ToldMessage>,
  { estate, groups, clean, activeSite, known }: PublicView,
): PublicIncident | undefined {
  if (incident.drill || incident.kind === 'redundancy') return undefined;
  const messages = customerMessages(told, estate);
  const trouble = incident.kind === 'degradation';
  if (trouble && !known && messages.size === 0 && incident.site !== activeSite) return undefined;
  const lines = incident.timeline.map(({ at, phase, words }) => ({ at, status: statusOf[phase], words }));
  const extra = [...messages.keys()].filter((at) => !lines.some((line) => line.at === at));
  const all = [...lines, ...extra.map((at) => ({ at, status: statusAt(lines, at), words: '' }))].toSorted((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
  const seen = new Map<string, number>();
  const updates = all.map(({ at, status, words }): PublicUpdate => {
    const same = (seen.get(at) ?? 0) + 1;
    seen.set(at, same);
    const message = same === 1 ? messages.get(at) : undefined;
    const id = `${Date.parse(at).toString(36)}${same === 1 ? '' : `-${same}`}`;
    return message === undefined
      ? { id, at, status, text: clean(words) }
      : { id, at, status, ...wordsOf(message, clean) };
  });
  const nextUpdateBy = incident.phase === 'resolved' ? undefined : promise(messages, estate);
  return {
    id: incident.id,
    startedAt: incident.since,
    status: statusOf[incident.phase],
    impact: trouble ? 'degraded' : 'outage',
    components: componentsOf({ groups })
      .filter((component) => affected(component, incident))
      .map(({ id }) => id),
    updates,
    ...(incident.restoredAt === undefined ? {} : { restoredAt: incident.restoredAt }),
    ...(incident.resolvedAt === undefined ? {} : { resolvedAt: incident.resolvedAt }),
    ...(nextUpdateBy === undefined ? {} : { nextUpdateBy }),
  };
}

function affected({ services, site }: PublicComponent, incident: Incident): boolean {
  return (
    (site === undefined || site === incident.site) && services.some((service) => incident.services.includes(service))
  );
}

function wordsOf(
  { subject, text, plain }: ToldMessage,
  clean: Publish,
): { readonly subject: string; readonly text: string } {
  return { subject: clean(plain?.subject ?? subject), text: clean(plain?.text ?? text) };
}

/** By the time of their cause; of the customer audience that stands first and was told at all: the same news is shown once. */
function customerMessages(told: Iterable<ToldMessage>, estate: Estate): ReadonlyMap<string, ToldMessage> {
  const { audiences } = estate.communication;
  const orders = new Map(audiences.filter(({ customer }) => customer === true).map(({ name, order }) => [name, order]));
  const orderOf = ({ audience }: ToldMessage): number => orders.get(audience) ?? Infinity;
  const said = [...told].filter(
    (one) => orders.has(one.audience) && !one.byHand && !one.drill && one.heldFor === undefined,
  );
  const first = Math.min(...said.map(orderOf));
  return new Map(said.filter((one) => orderOf(one) === first).map((one) => [one.causedAt, one]));
}

function statusAt(
  lines: readonly { readonly at: string; readonly status: PublicUpdate['status'] }[],
  at: string,
): PublicUpdate['status'] {
  return lines.findLast((line) => line.at <= at)?.status ?? 'investigating';
}

/** What the last message promised. */
function promise(messages: ReadonlyMap<string, ToldMessage>, estate: Estate): string | undefined {
  const last = [...messages.values()].toSorted((a, b) => (a.causedAt < b.causedAt ? -1 : 1)).at(-1);
  const audience = estate.communication.audiences.find(({ name }) => name === last?.audience);
  if (last === undefined || audience === undefined) return undefined;
  return new Date(Date.parse(last.causedAt) + durationMs(audience.updateEvery)).toISOString();
}

import { type Audience, type Communication, durationMs, type Estate } from '@novacron/contracts';
import type { Incident } from '../incident.js';

/** One level of a chain, as it stood when the incident began. */
export interface FrozenLevel {
  /** Since the level before it. */
  readonly afterMs: number;
  readonly contacts: readonly string[];
  readonly onCall: readonly string[];
  readonly channels: readonly string[];
}

export interface FrozenAudience {
  readonly name: string;
  readonly title: string;
  /** Its place among the audiences of the incident: lower ones are told first. */
  readonly rank: number;
  readonly contacts: readonly string[];
  readonly onCall: readonly string[];
  readonly channels: readonly string[];
  readonly updateEveryMs: number;
  readonly startAfterMs: number;
  /** Empty where nobody has to acknowledge. */
  readonly escalation: readonly FrozenLevel[];
  readonly repeatEscalation: number;
  readonly acknowledgeForMs: number;
  readonly approval: boolean;
  readonly releaseAfterMs?: number;
  readonly customer: boolean;
  readonly language?: string;
}

export interface FrozenRotation {
  readonly name: string;
  readonly contacts: readonly string[];
  readonly startMs: number;
  readonly shiftMs: number;
  readonly overrides: readonly { readonly contact: string; readonly fromMs: number; readonly untilMs: number }[];
}

/**
 * Who is told of an incident, and how, as the estate said when it began. It is kept with the incident: a file that is changed
 * while people are being called cannot change whom they are called after, and every process works by the same plan.
 */
export interface FrozenPlan {
  readonly audiences: readonly FrozenAudience[];
  readonly rotations: readonly FrozenRotation[];
  /** The audience that is called for our own duties. */
  readonly owner?: string;
  readonly graceMs: number;
}

const defaults = { acknowledgeFor: '30m', grace: '1m', gather: '30s', calm: '2m', messages: 20, per: '15m' } as const;

export interface StormBounds {
  readonly messages: number;
  readonly perMs: number;
  readonly gatherMs: number;
  readonly calmMs: number;
}

export function stormBounds({ storm }: Communication): StormBounds {
  return {
    messages: storm?.messages ?? defaults.messages,
    perMs: durationMs(storm?.per ?? defaults.per),
    gatherMs: durationMs(storm?.gather ?? defaults.gather),
    calmMs: durationMs(storm?.calm ?? defaults.calm),
  };
}

/**
 * The plan of an incident that begins now. Customers are not concerned where only protection or speed suffers, and of what is over
 * before it was gathered nobody is told.
 */
export function freezePlan(incident: Pick<Incident, 'kind'>, estate: Estate): FrozenPlan {
  const { communication } = estate;
  const concerned = communication.audiences.filter(
    (audience) => incident.kind === 'outage' || audience.customer !== true,
  );
  const gatherMs = incident.kind === 'outage' ? 0 : stormBounds(communication).gatherMs;
  const owner = ownerOf(communication);
  return {
    audiences: frozenAudiences(concerned, communication).map((audience) => ({
      ...audience,
      startAfterMs: Math.max(audience.startAfterMs, gatherMs),
    })),
    rotations: frozenRotations(communication),
    ...(owner === undefined ? {} : { owner }),
    graceMs: durationMs(communication.updateGrace ?? defaults.grace),
  };
}

export function frozenAudiences(audiences: readonly Audience[], communication: Communication): FrozenAudience[] {
  const orders = [...new Set(audiences.map((audience) => audience.order))].toSorted((a, b) => a - b);
  return audiences
    .toSorted((a, b) => a.order - b.order)
    .map((audience) => ({
      name: audience.name,
      title: audience.title,
      rank: orders.indexOf(audience.order),
      contacts: audience.contacts,
      onCall: audience.onCall ?? [],
      channels: audience.channels,
      updateEveryMs: durationMs(audience.updateEvery),
      startAfterMs: durationMs(audience.startAfter),
      escalation: chain(audience, communication),
      repeatEscalation: audience.repeatEscalation ?? 0,
      acknowledgeForMs: durationMs(audience.acknowledgeFor ?? defaults.acknowledgeFor),
      approval: audience.approval !== undefined,
      ...(audience.approval?.releaseAfter === undefined
        ? {}
        : { releaseAfterMs: durationMs(audience.approval.releaseAfter) }),
      customer: audience.customer === true,
      ...(audience.language === undefined ? {} : { language: audience.language }),
    }));
}

export function frozenRotations({ rotations }: Communication): FrozenRotation[] {
  return (rotations ?? []).map((rotation) => ({
    name: rotation.name,
    contacts: rotation.contacts,
    startMs: Date.parse(rotation.start),
    shiftMs: durationMs(rotation.shift),
    overrides: (rotation.overrides ?? []).map((one) => ({
      contact: one.contact,
      fromMs: Date.parse(one.from),
      untilMs: Date.parse(one.until),
    })),
  }));
}

/** What is said in the file, else one level: the same people again, over their channels and what those fall back to. */
function chain(audience: Audience, { channels }: Communication): FrozenLevel[] {
  const levels = (audience.escalation ?? []).map((level) => ({
    afterMs: durationMs(level.after),
    contacts: level.contacts ?? [],
    onCall: level.onCall ?? [],
    channels: level.channels ?? audience.channels,
  }));
  const afterMs = audience.escalateAfter === undefined ? 0 : durationMs(audience.escalateAfter);
  if (levels.length > 0 || afterMs === 0) return levels;
  const fallbacks = audience.channels.flatMap((name) => channels.find((one) => one.name === name)?.fallback ?? []);
  return [
    {
      afterMs,
      contacts: audience.contacts,
      onCall: audience.onCall ?? [],
      channels: [...new Set([...audience.channels, ...fallbacks])],
    },
  ];
}

/** The audience whose duty it is: what the file says, else the first of ours that is called until it answers. */
export function ownerOf(communication: Communication): string | undefined {
  const { owner, audiences } = communication;
  if (owner !== undefined) return owner;
  const ours = audiences.filter((audience) => audience.customer !== true).toSorted((a, b) => a.order - b.order);
  const called = ours.find((audience) => chain(audience, communication).length > 0);
  return (called ?? ours[0])?.name;
}

/** Where an incident stands, as a reader of the status page would say it. */
export type IncidentPhase = 'investigating' | 'moving' | 'running-elsewhere' | 'returning' | 'resolved';

/** One line of what customers were told, in the words they were told. */
export interface TimelineEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly phase: IncidentPhase;
  readonly words: string;
}

/** One disaster from the first sign to the return home, as the events tell it. Immutable. */
export interface Incident {
  /** The correlation of its events, as one subject token. */
  readonly id: string;
  /**
   * `outage`: the site that carries the service; `redundancy`: a standby, so that only protection suffers; `degradation`: parts
   * do not work, or slowly, on whatever sites: one incident, however many parts.
   */
  readonly kind: 'outage' | 'redundancy' | 'degradation';
  /** An exercise: marked wherever it is told, and kept inside. */
  readonly drill: boolean;
  readonly site: string;
  /** The first failure, RFC 3339. */
  readonly since: string;
  readonly phase: IncidentPhase;
  readonly services: readonly string[];
  /** Every operation known to belong to it. */
  readonly operations: readonly string[];
  readonly moveUnderWay: boolean;
  /** Whether the lost site itself was seen working again. */
  readonly siteWorks: boolean;
  /** Where the service runs since it was moved. */
  readonly runningOn?: string;
  /** When customers could work again. */
  readonly restoredAt?: string;
  readonly resolvedAt?: string;
  readonly expectedEnd?: string;
  /** Every finished step, in the words of its runbook: for the teams. */
  readonly tasksDone: readonly string[];
  /** What was reached, without how: for customers. */
  readonly milestones: readonly string[];
  /** 0 to 100, of the whole way home. */
  readonly percentage: number;
  /** What is done next, in words. */
  readonly current: string;
  /** Progress updates sent so far. */
  readonly updates: number;
  /** The last finished step of the running operation. */
  readonly step?: { readonly number: number; readonly count: number };
  /** What the move lost, as far as it was measured. */
  readonly lostBytes?: number;
  readonly lostRows?: number;
  /** Of what age the data is that the service runs on, against the moment of the failure. */
  readonly rpoReachedMs?: number;
  /** Of a degradation: the sites that are not well now. */
  readonly troubledSites: readonly string[];
  /** Of a degradation: since when all of them are well; over only when that lasts. */
  readonly calmSince?: string;
  readonly timeline: readonly TimelineEntry[];
}

/** What opens an incident. */
export interface Opening {
  readonly id: string;
  readonly kind: Incident['kind'];
  readonly site: string;
  readonly since: string;
  readonly services: readonly string[];
  readonly at: string;
  readonly words: string;
  readonly drill: boolean;
}

export function openIncident(opening: Opening): Incident {
  const { id, kind, site, since, services, at, words, drill } = opening;
  return {
    id,
    kind,
    drill,
    site,
    since,
    phase: 'investigating',
    services,
    operations: [],
    moveUnderWay: false,
    siteWorks: false,
    tasksDone: [],
    milestones: [],
    percentage: 0,
    current: kind === 'outage' ? 'confirming the failure and deciding how to act' : `bringing the ${site} site back`,
    updates: 0,
    troubledSites: kind === 'degradation' ? [site] : [],
    timeline: [{ at, phase: 'investigating', words }],
  };
}

/** The incident with a change, and one more line of its timeline where there is something to say. */
export function advance(incident: Incident, change: Partial<Incident>, said?: { at: string; words: string }): Incident {
  const next = { ...incident, ...change };
  if (said === undefined) return next;
  return { ...next, timeline: [...next.timeline, { ...said, phase: next.phase }] };
}

/** The incident over. `restoredAt` stays what it was when the service came back before. */
export function resolve(incident: Incident, at: string, words: string): Incident {
  const change = {
    phase: 'resolved',
    resolvedAt: at,
    restoredAt: incident.restoredAt ?? at,
    moveUnderWay: false,
    percentage: 100,
    current: 'nothing: the incident is over',
  } as const;
  return advance(incident, change, { at, words });
}

export function isOpen(incident: Incident): boolean {
  return incident.phase !== 'resolved';
}

/** How long customers could not work; until now where they still cannot. */
export function downtimeMs(incident: Incident, nowMs: number): number {
  const end = incident.restoredAt === undefined ? nowMs : Date.parse(incident.restoredAt);
  return Math.max(0, end - Date.parse(incident.since));
}

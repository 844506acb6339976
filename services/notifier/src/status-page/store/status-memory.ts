import type { AnnounceMaintenance, PostStatus } from '@novacron/contracts';
import { type DayLog, dateOf, emptyDay, lastDates, observed, secondsOfDay, summedDay } from '../facts/day-log.js';
import { mergedIncident } from '../facts/merge-incident.js';
import {
  type ComponentDay,
  type ComponentState,
  type PublicIncident,
  type PublicMaintenance,
  shownDays,
} from '../facts/status-facts.js';
import type { KeptDocuments } from './kept-documents.js';

/** What the page remembers beyond the events: incidents as they were told, announced maintenance, and how each day was. */
export class StatusMemory {
  private incidentList: readonly PublicIncident[] | undefined;
  private maintenanceList: readonly PublicMaintenance[] | undefined;
  private readonly summed = new Map<DayLog, ReadonlyMap<string, ComponentDay>>();

  constructor(private readonly documents: KeptDocuments) {
    documents.onChange((key) => {
      if (key.startsWith('incident.')) this.incidentList = undefined;
      if (key.startsWith('maintenance.')) this.maintenanceList = undefined;
    });
  }

  /** Newest first. */
  get incidents(): readonly PublicIncident[] {
    this.incidentList ??= [...this.documents.under<PublicIncident>('incident')]
      .map(([, incident]) => incident)
      .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : a.id < b.id ? 1 : -1));
    return this.incidentList;
  }

  /** Earliest first. */
  get maintenance(): readonly PublicMaintenance[] {
    this.maintenanceList ??= [...this.documents.under<PublicMaintenance>('maintenance')]
      .map(([, one]) => one)
      .toSorted((a, b) => (a.from < b.from ? -1 : 1));
    return this.maintenanceList;
  }

  /** Takes what the events say of an incident; what was told before stays. @throws DrError BUS_UNAVAILABLE. */
  async tell(found: PublicIncident): Promise<void> {
    await this.documents.change<PublicIncident>(`incident.${found.id}`, (known) => mergedIncident(known, found));
  }

  /** One more update, by hand. @throws DrError BUS_UNAVAILABLE. */
  async post(post: PostStatus, at: string, clean: (text: string) => string): Promise<void> {
    await this.documents.change<PublicIncident>(`incident.${post.incident}`, (known) => {
      const number = (known?.updates.length ?? 0) + 1;
      const update = {
        id: `${Date.parse(at).toString(36)}-${number}`,
        at,
        status: post.status,
        text: clean(post.text),
      };
      const title = post.title === undefined ? {} : { title: clean(post.title) };
      const base: PublicIncident = known ?? {
        id: post.incident,
        startedAt: at,
        status: post.status,
        impact: 'degraded',
        components: [],
        updates: [],
        ...title,
      };
      return {
        ...base,
        status: post.status,
        components: post.components ?? base.components,
        updates: [...base.updates, update],
        ...(post.status === 'resolved' ? { resolvedAt: at } : {}),
      };
    });
  }

  /** @throws DrError BUS_UNAVAILABLE. */
  async announce(given: AnnounceMaintenance, at: string, clean: (text: string) => string): Promise<void> {
    await this.documents.change<PublicMaintenance>(`maintenance.${given.id}`, (known) => ({
      id: given.id,
      title: clean(given.title),
      text: clean(given.text),
      components: given.components,
      from: new Date(given.from).toISOString(),
      until: new Date(given.until).toISOString(),
      cancelled: given.cancelled === true,
      revision: known === undefined ? 0 : known.revision + 1,
      announcedAt: known?.announcedAt ?? at,
      changedAt: at,
    }));
  }

  /** Notes how the components are now. @throws DrError BUS_UNAVAILABLE. */
  async observe(states: ReadonlyMap<string, ComponentState>, now: Date): Promise<void> {
    const date = dateOf(now);
    await this.documents.change<DayLog>(`day.${date}`, (known) =>
      observed(known ?? emptyDay(date), states, secondsOfDay(now)),
    );
    const oldest = lastDates(now, shownDays + 30)[0] ?? date;
    for (const [day] of this.documents.under<DayLog>('day'))
      if (day < oldest) await this.documents.remove(`day.${day}`);
  }

  /** The last days of each component, today's last. */
  days(components: readonly string[], now: Date): ReadonlyMap<string, readonly ComponentDay[]> {
    const logs = lastDates(now, shownDays).map((date) => this.documents.get<DayLog>(`day.${date}`) ?? emptyDay(date));
    const sums = logs.map((log) => this.sum(log, components));
    this.forgetOthers(logs);
    return new Map(
      components.map((id) => [
        id,
        sums.map((sum, index) => sum.get(id) ?? { date: logs[index]?.date ?? '', secondsIn: {} }),
      ]),
    );
  }

  private sum(log: DayLog, components: readonly string[]): ReadonlyMap<string, ComponentDay> {
    const known = this.summed.get(log) ?? new Map(components.map((id) => [id, summedDay(log, id)]));
    if (Object.keys(log.spans).length > 0) this.summed.set(log, known);
    return known;
  }

  private forgetOthers(logs: readonly DayLog[]): void {
    const kept = new Set(logs);
    for (const log of this.summed.keys()) if (!kept.has(log)) this.summed.delete(log);
  }
}

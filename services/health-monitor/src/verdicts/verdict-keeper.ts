import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, HeldWork, type Lease, type Leases } from '@novacron/bus';
import { DrError, durationMs, type Health, type HealthRules } from '@novacron/contracts';
import type { StateStore } from '../adapters/state-store.js';
import { advance, type Episode, type FlappingLimits, noEpisode } from '../domain/episode.js';
import {
  advanceVantage,
  type Sight,
  sightLimits,
  type SightLimits,
  sightOf,
  vantageNeverLost,
  type VantageRecord,
} from '../domain/vantage-sight.js';
import { AnnouncedRecord, type Announcement } from './announced-record.js';
import { announcementOf, eventOf, evidenceOf, type LastSaid, lastWordsOf, vantageLost } from './announcements.js';
import { type Busy, Coalesced } from './coalesced.js';
import { Hold } from './hold.js';
import type { MaintenanceBook } from './maintenance-book.js';
import type { Picture } from './picture.js';
import type { SiteVerdict } from '../domain/judge-site.js';
import type { SiteJudge } from './site-judge.js';

export interface VerdictKeeperSettings {
  readonly bus: Bus;
  readonly leases: Leases;
  readonly store: StateStore;
  readonly health: Health;
  readonly picture: Picture;
  readonly judge: SiteJudge;
  readonly maintenance: MaintenanceBook;
  /** Who we are, as the lease's holder. */
  readonly holder: string;
  readonly leaseTtlMs?: number;
}

export const verdictLease = 'health-verdict';

/** Short, since nobody gives verdicts between a holder's death and the lease's end. */
const defaultLeaseTtlMs = 2_000;

const lookSoonMs = 50;

/**
 * Gives the verdicts while it holds the lease, one process of all. It keeps nothing that the next holder would miss: opinions
 * are heard by all, episodes are stored, and a change of either is stored before it is announced.
 */
export class VerdictKeeper {
  private readonly sites: ReadonlyMap<string, Coalesced>;
  private readonly vantages: readonly Coalesced[];
  private readonly records: AnnouncedRecord<unknown>[] = [];
  private readonly limits: SightLimits;
  private readonly work: HeldWork;
  private readonly soon = new Map<string, NodeJS.Timeout>();
  private listeningSinceMs = performance.now();

  constructor(private readonly settings: VerdictKeeperSettings) {
    const { judge, health, leases, holder, bus, leaseTtlMs = defaultLeaseTtlMs } = settings;
    this.sites = new Map(judge.sites.map((site) => [site, this.siteTask(site)]));
    const intervals = health.checks.map((check) => durationMs(check.interval ?? health.interval));
    this.limits = sightLimits(durationMs(health.interval), intervals.length === 0 ? [0] : intervals);
    this.vantages = health.vantages.map(({ name }) => this.vantageTask(name));
    this.work = new HeldWork({
      ...{ leases, holder, name: verdictLease, ttlMs: leaseTtlMs, logger: bus.logger },
      work: (lease, signal) => this.keep(lease, signal),
    });
  }

  get holding(): boolean {
    return this.work.holding;
  }

  start(): void {
    this.settings.bus.link.onReconnect(() => (this.listeningSinceMs = performance.now()));
    this.work.start();
  }

  /** Something that matters to a site's verdict has changed. */
  onChange(site: string): void {
    if (this.holding) this.sites.get(site)?.request();
  }

  stop(): Promise<void> {
    for (const timer of this.soon.values()) clearTimeout(timer);
    this.soon.clear();
    return this.work.stop();
  }

  /** Until the lease is lost: settles everything at each tick, because silence and ends of maintenance make no event. */
  private async keep(lease: Lease, signal: AbortSignal): Promise<void> {
    for (const record of this.records) record.forget();
    this.listeningSinceMs = performance.now();
    await this.settings.maintenance.load();
    // What changes a verdict is heard at once; this is for what is not heard any more.
    const tickMs = Math.max(100, Math.min(1_000, durationMs(this.settings.health.interval) / 8));
    while (lease.isHeld() && !signal.aborted) {
      for (const task of [...this.sites.values(), ...this.vantages]) task.request();
      await sleep(tickMs, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all([...this.sites.values(), ...this.vantages].map((task) => task.idle()));
  }

  private siteTask(site: string): Coalesced {
    const record = this.record<Episode>(`episode.${site}`, noEpisode);
    const holdMs = durationMs(this.settings.health.fastInterval ?? this.settings.health.interval);
    const hold = new Hold(holdMs);
    const flapping = flappingLimits(this.settings.health.rules);
    return this.task('site', site, record, async (busy) => {
      const before = await record.load();
      const verdict = busy(() => this.settings.judge.judge(site));
      const step = advance(before, verdict, new Date().toISOString(), flapping);
      const isTrouble = step.announce === 'HealthDegraded';
      const isDue = hold.isOver(isTrouble, (heldMs) => this.isRestWell(site, verdict, heldMs)) || !isTrouble;
      if (!isDue) this.lookSoon(site, hold);
      if (step.episode === before || !isDue || !this.holding) return;
      if (step.announce === undefined) return record.move(step.episode);
      const { judge, picture, health } = this.settings;
      const names = health.vantages.map((vantage) => vantage.name);
      const evidence = evidenceOf(picture, site, judge.checksOf(site), names, verdict.troubled);
      const news = { site, before, advance: step, verdict, evidence, vantages: names.length };
      await record.move(step.episode, announcementOf(news));
    });
  }

  /** Somebody has seen everything else of the site well within so long: what is in trouble is all that is. */
  private isRestWell(site: string, { troubled }: SiteVerdict, heldMs: number): boolean {
    const { judge, picture, health, maintenance } = this.settings;
    const isMuted = maintenance.mutedIn(site);
    const rest = judge
      .checksOf(site)
      .filter(({ name, kind }) => !(name in troubled) && kind !== 'partition' && !isMuted(name));
    return rest.every(({ name }) => {
      const said = health.vantages.flatMap((vantage) => picture.lastOf(vantage.name, site, name) ?? []);
      const isSeenWell = said.some(({ opinion, ageMs }) => opinion.last.state === 'ok' && ageMs <= heldMs);
      return isSeenWell && !said.some(({ opinion }) => opinion.last.state === 'failed');
    });
  }

  /** The next tick would be late for what is kept back. */
  private lookSoon(site: string, { leftMs = 0 }: Hold): void {
    if (this.soon.has(site)) return;
    const look = (): void => {
      this.soon.delete(site);
      this.sites.get(site)?.request();
    };
    this.soon.set(site, setTimeout(look, Math.min(leftMs, lookSoonMs)).unref());
  }

  private vantageTask(vantage: string): Coalesced {
    const record = this.record<VantageRecord>(`vantage.${vantage}`, vantageNeverLost);
    return this.task('vantage', vantage, record, async (busy) => {
      const before = await record.load();
      const sight = busy(() => this.sightOf(vantage));
      const after = advanceVantage(before, sight, new Date().toISOString());
      if (after === before || !this.holding) return;
      await record.move(after, after.lost ? vantageLost(vantage, after, sight, this.lastSaid(vantage)) : undefined);
    });
  }

  sightOf(vantage: string): Sight {
    return sightOf(this.settings.picture.heardOf(vantage), this.listeningSinceMs, performance.now(), this.limits);
  }

  private lastSaid(vantage: string): LastSaid {
    const { picture, judge } = this.settings;
    const { lastHeardMs } = picture.heardOf(vantage);
    return {
      ...(lastHeardMs === undefined ? {} : { agoMs: performance.now() - lastHeardMs }),
      words: lastWordsOf(picture, judge, vantage),
    };
  }

  private record<T>(key: string, initial: T): AnnouncedRecord<T> {
    const { store } = this.settings;
    const record = new AnnouncedRecord(key, initial, store, (announcement) => this.announce(announcement));
    this.records.push(record as AnnouncedRecord<unknown>);
    return record;
  }

  private task(
    kind: string,
    name: string,
    record: { forget(): void },
    settle: (busy: Busy) => Promise<void>,
  ): Coalesced {
    return new Coalesced(async (busy) => {
      if (!this.holding) return;
      try {
        await settle(busy);
      } catch (error) {
        // Nothing is lost: the next tick reads what is stored and goes on from there.
        record.forget();
        const { code, message } = DrError.from(error);
        this.settings.bus.logger.warn('verdict not stored yet', { [kind]: name, code, reason: message });
      }
    });
  }

  private async announce({ id, correlationId, ...announcement }: Announcement): Promise<void> {
    const { bus } = this.settings;
    const event = eventOf({ id, correlationId, ...announcement });
    await bus.publish(event, { id, correlationId, timeoutMs: 10_000 });
    bus.logger.info('verdict announced', { event: announcement.type, id, correlation: correlationId });
  }
}

function flappingLimits({ flapping }: HealthRules): FlappingLimits {
  const { news, within, settle } = flapping ?? { news: 6, within: '10m', settle: '5m' };
  return { news, withinMs: durationMs(within), settleMs: durationMs(settle) };
}

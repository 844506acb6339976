import type { Bus } from '@novacron/bus';
import { durationMs, type Estate, RecoveryPointAdvanced, RecoveryPointLate } from '@novacron/contracts';
import { formatLsn } from '@novacron/repository';
import type { CatalogReader } from '../catalog-reader.js';
import { type Lateness, lateness } from '../domain/lateness.js';
import type { DatabaseArchiver } from './database-archiver.js';
import type { StoredPoint } from './store-cursor.js';

const advancedEveryMs = 5_000;
const earliestEveryMs = 5_000;

interface Seen {
  readonly sinceMs: number;
  saidAtMs: number;
  saidLsn?: string;
  earliest?: string;
  earliestAtMs: number;
  readonly late: Map<number, Lateness>;
}

/** Tells the bus how far each database's recovery point is, and before a tier's RPO is missed. */
export class RecoveryPoints {
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly estate: Estate,
    private readonly catalog: CatalogReader,
  ) {}

  async onTurn(archiver: DatabaseArchiver): Promise<void> {
    const now = performance.now();
    const seen = this.seenOf(archiver.component, now);
    const best = archiver.storeCursors.reduce<{ store: string; point: StoredPoint } | undefined>((found, cursor) => {
      const { point, store } = cursor;
      return point !== undefined && (found === undefined || point.mark.seenMs > found.point.mark.seenMs)
        ? { store, point }
        : found;
    }, undefined);
    const lagMs = Math.round(now - (best?.point.mark.seenMs ?? seen.sinceMs));
    await this.sayLate(archiver, seen, lagMs);
    if (best !== undefined) await this.sayAdvanced(archiver.component, seen, best, lagMs);
  }

  private async sayAdvanced(
    component: string,
    seen: Seen,
    { store, point }: { readonly store: string; readonly point: StoredPoint },
    lagMs: number,
  ): Promise<void> {
    const now = performance.now();
    const lsn = formatLsn(point.lsn);
    if (now - seen.saidAtMs < advancedEveryMs || seen.saidLsn === lsn) return;
    const earliest = await this.earliest(component, store, seen, now);
    // Without a backup there is nothing that WAL could be replayed on.
    if (earliest === undefined) return;
    const { timeline, mark } = point;
    const latest = mark.at.toISOString();
    await this.bus.publish(new RecoveryPointAdvanced({ component, store, timeline, lsn, earliest, latest, lagMs }), {
      id: `recovery-point:${component}:${store}:${timeline}:${lsn}`,
    });
    seen.saidAtMs = now;
    seen.saidLsn = lsn;
  }

  private async sayLate(archiver: DatabaseArchiver, seen: Seen, lagMs: number): Promise<void> {
    const { component, services, problem } = archiver;
    const tiers = this.estate.objectives.tiers.filter((tier) => tier.services.some((name) => services.includes(name)));
    for (const { tier, rpo } of tiers) {
      const rpoMs = durationMs(rpo);
      const state = lateness(lagMs, rpoMs);
      if (state === (seen.late.get(tier) ?? 'in-time')) continue;
      if (state !== 'in-time') {
        const reason = problem === undefined ? {} : { reason: problem };
        await this.bus.publish(new RecoveryPointLate({ component, tier, rpoMs, lagMs, state, ...reason }));
      }
      seen.late.set(tier, state);
    }
  }

  /** The oldest moment that can be restored; it moves only with the backups, so it need not be read each time. */
  private async earliest(component: string, store: string, seen: Seen, now: number): Promise<string | undefined> {
    if (seen.earliest !== undefined && now - seen.earliestAtMs < 12 * earliestEveryMs) return seen.earliest;
    if (now - seen.earliestAtMs < earliestEveryMs) return seen.earliest;
    const windows = await this.catalog.windows(store);
    const own = windows.filter((window) => window.component === component).map((window) => window.earliest);
    seen.earliestAtMs = now;
    const oldest = own.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
    if (oldest !== undefined) seen.earliest = oldest;
    return oldest;
  }

  private seenOf(component: string, now: number): Seen {
    const seen = this.seen.get(component) ?? {
      ...{ sinceMs: now, saidAtMs: Number.NEGATIVE_INFINITY, earliestAtMs: Number.NEGATIVE_INFINITY },
      late: new Map<number, Lateness>(),
    };
    this.seen.set(component, seen);
    return seen;
  }
}

import type { Bus } from '@novacron/bus';
import { durationMs, type Estate, RecoveryPointAdvanced, RecoveryPointLate } from '@novacron/contracts';
import type { RecoveryWindow } from '@novacron/repository';
import type { CatalogReader } from '../catalog-reader.js';
import { type Lateness, lateness } from '../domain/lateness.js';
import { type RecoveryPoint, recoveryPointOf } from '../domain/recovery-point.js';
import type { DatabaseArchiver } from './database-archiver.js';

const lookEveryMs = 5_000;

interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Of a clock that nobody sets. */
  monotonicMs(): number;
}

const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

interface Seen {
  /** Milliseconds since 1970: the recovery point, or when we began to wait for the first. */
  latestMs: number;
  /** It was noted before the server's clock was known. */
  isByOwnClock: boolean;
  lookedAtMs: number;
  saidLsn?: string;
  readonly late: Map<number, Lateness>;
}

/**
 * Tells the bus how far each database's recovery point is, and before a tier's RPO is missed. It is read from what the store
 * holds without a gap, not from what was sent there.
 */
export class RecoveryPoints {
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly estate: Estate,
    private readonly catalog: Pick<CatalogReader, 'windows'>,
    private readonly clock: Clock = systemClock,
  ) {}

  async onTurn(archiver: DatabaseArchiver): Promise<void> {
    const seen = this.seenOf(archiver);
    this.tellByServer(seen, archiver);
    if (this.clock.monotonicMs() - seen.lookedAtMs >= lookEveryMs) {
      seen.lookedAtMs = this.clock.monotonicMs();
      await this.look(archiver, seen);
    }
    await this.sayLate(archiver, seen);
  }

  private async look(archiver: DatabaseArchiver, seen: Seen): Promise<void> {
    const { component, storeCursors, alarms } = archiver;
    const store = storeCursors.find(({ problem }) => problem === undefined)?.store;
    if (store === undefined) return;
    const windows: readonly RecoveryWindow[] = await this.catalog.windows(store);
    const point = recoveryPointOf(windows, component);
    if (point === undefined) return;
    if (point.gap === undefined)
      await alarms.over('gap', `the archive in ${store} has no gap behind the newest backup`);
    else await alarms.found('gap', `${store} lacks ${point.gap}`, { timeline: point.timeline });
    seen.latestMs = Date.parse(point.latest);
    seen.isByOwnClock = false;
    if (point.lsn === seen.saidLsn) return;
    await this.sayAdvanced(archiver, store, point);
    seen.saidLsn = point.lsn;
  }

  private async sayAdvanced(archiver: DatabaseArchiver, store: string, point: RecoveryPoint): Promise<void> {
    const { component } = archiver;
    const lagMs = Math.max(0, this.nowMs(archiver) - Date.parse(point.latest));
    const { gap: _gap, ...told } = point;
    await this.bus.publish(new RecoveryPointAdvanced({ component, store, ...told, lagMs }), {
      id: `recovery-point:${component}:${store}:${point.timeline}:${point.lsn}`,
    });
  }

  private async sayLate(archiver: DatabaseArchiver, seen: Seen): Promise<void> {
    const { component, services, problem } = archiver;
    const lagMs = Math.max(0, this.nowMs(archiver) - seen.latestMs);
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

  /** By the clock that recovery points are told by, as soon as it is known. */
  private nowMs({ serverNowMs }: DatabaseArchiver): number {
    return Math.round(serverNowMs ?? this.clock.nowMs());
  }

  private tellByServer(seen: Seen, { serverNowMs }: DatabaseArchiver): void {
    if (!seen.isByOwnClock || serverNowMs === undefined) return;
    seen.latestMs += Math.round(serverNowMs - this.clock.nowMs());
    seen.isByOwnClock = false;
  }

  private seenOf(archiver: DatabaseArchiver): Seen {
    const { component } = archiver;
    const seen = this.seen.get(component) ?? {
      latestMs: this.nowMs(archiver),
      isByOwnClock: archiver.serverNowMs === undefined,
      lookedAtMs: Number.NEGATIVE_INFINITY,
      late: new Map<number, Lateness>(),
    };
    this.seen.set(component, seen);
    return seen;
  }
}

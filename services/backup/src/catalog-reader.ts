import { Injectable } from '@nestjs/common';
import { type BackupSummary, DrError, type RecoverySpan } from '@novacron/contracts';
import { chooseWindow, type RecoveryWindow } from '@novacron/repository';
import { BackupStores } from './adapters/backup-stores.js';
import { within } from './adapters/within.js';
import { summaryOf } from './domain/summary-of-entry.js';

/** How long what was read of a store answers for: whoever polls does not make the store list itself each time. */
const freshMs = 300;
const readTimeoutMs = 2_500;
/** For so long a store that did not answer is not asked again where another one answers. */
const avoidMs = 5_000;

interface Read {
  readonly atMs: number;
  readonly windows: Promise<readonly RecoveryWindow[]>;
}

/** What the stores say they hold, each asked by itself: the stores are the truth, nothing is kept beside them. */
@Injectable()
export class CatalogReader {
  private readonly reads = new Map<string, Read>();
  /** When a store last did not answer. */
  private readonly failedAtMs = new Map<string, number>();

  constructor(private readonly stores: BackupStores) {}

  /** @throws DrError NOT_FOUND for an unknown store, UNREACHABLE when the one asked for, or every one, does not answer. */
  async backups(store?: string, component?: string): Promise<BackupSummary[]> {
    const listed = await this.fromEach(store, async (name) => {
      await this.stores.repository.learnKeys(name);
      const { entries } = await this.stores.repository.catalog(name).list();
      return entries.map((entry) => summaryOf(entry, name));
    });
    return listed
      .flat()
      .filter(({ components }) => component === undefined || components.includes(component))
      .toSorted((a, b) => b.backupId.localeCompare(a.backupId));
  }

  /** Every stretch of time that can be reached, newest timeline and backup first. */
  async spans(store?: string, component?: string): Promise<RecoverySpan[]> {
    const found = await this.fromEach(store, async (name) =>
      (await this.windows(name)).map((one) => spanOf(one, name)),
    );
    return found.flat().filter((span) => component === undefined || span.component === component);
  }

  /**
   * The backup from which a moment is reached.
   * @throws DrError OUTSIDE_RECOVERY_WINDOW naming the stretches there are and the nearest moment.
   */
  async backupFor(at: Date, component: string, store?: string): Promise<string> {
    const found = (await this.fromEach(store, async (name) => this.windows(name))).flat();
    try {
      return chooseWindow(found, component, at).backupId;
    } catch (error) {
      const known = DrError.from(error);
      if (known.code !== 'OUTSIDE_RECOVERY_WINDOW') throw error;
      const nearest = nearestMoment(
        found.filter((window) => window.component === component),
        at,
      );
      throw new DrError('OUTSIDE_RECOVERY_WINDOW', known.message, {
        details: known.details,
        hint:
          nearest === undefined
            ? `there is no backup of ${component} yet: run one`
            : `the nearest moment that can be reached is ${nearest}`,
        cause: error,
      });
    }
  }

  /** The windows of one store, read at most once within a moment. */
  async windows(store: string): Promise<readonly RecoveryWindow[]> {
    const read = this.reads.get(store);
    if (read !== undefined && performance.now() - read.atMs < freshMs) return read.windows;
    const windows = this.stores.repository.recoveryWindows(store).then((found) => found.windows);
    windows.catch(() => this.reads.delete(store));
    this.reads.set(store, { atMs: performance.now(), windows });
    return windows;
  }

  private async fromEach<T>(store: string | undefined, read: (name: string) => Promise<T>): Promise<T[]> {
    if (store !== undefined) {
      this.stores.repository.store(store);
      return [await within(`store ${store}`, readTimeoutMs, read(store))];
    }
    const { order } = this.stores;
    const now = performance.now();
    const avoided = order.filter((name) => now - (this.failedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < avoidMs);
    const asked = avoided.length < order.length ? order.filter((name) => !avoided.includes(name)) : order;
    const outcomes = await Promise.allSettled(
      asked.map(async (name) => within(`store ${name}`, readTimeoutMs, read(name))),
    );
    for (const [place, { status }] of outcomes.entries())
      if (status === 'rejected') this.failedAtMs.set(asked[place] ?? '', performance.now());
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    if (answers.length > 0) return answers;
    const refusal = outcomes.find(
      (outcome) => outcome.status === 'rejected' && !DrError.from(outcome.reason).retryable,
    );
    if (refusal?.status === 'rejected') throw refusal.reason;
    throw new DrError('UNREACHABLE', 'no store of the repository answers', {
      details: outcomes.flatMap((outcome, place) =>
        outcome.status === 'rejected'
          ? [{ path: asked[place] ?? '', problem: DrError.from(outcome.reason).message }]
          : [],
      ),
    });
  }
}

function spanOf(window: RecoveryWindow, store: string): RecoverySpan {
  const { component, backupId, timeline, earliest, latest, startLsn, untilLsn } = window;
  return { component, store, backupId, timeline, from: earliest, to: latest, fromLsn: startLsn, toLsn: untilLsn };
}

function nearestMoment(windows: readonly RecoveryWindow[], at: Date): string | undefined {
  const edges = windows.flatMap(({ earliest, latest }) => [earliest, latest]);
  const distance = (edge: string): number => Math.abs(Date.parse(edge) - at.getTime());
  return edges.toSorted((a, b) => distance(a) - distance(b))[0];
}

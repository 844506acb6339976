import { HeldWork, type Lease, type Leases, type Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import type { StatusFacts } from '../facts/status-facts.js';
import type { SiteBuilder } from '../site/build-site.js';
import type { Site } from '../site/site-file.js';
import type { Generation } from './generation.js';
import type { Place } from './place.js';
import { type PlaceReport, PlaceWorker } from './place-worker.js';

export interface PublisherSettings {
  readonly look: () => StatusFacts;
  readonly builder: SiteBuilder;
  readonly places: readonly Place[];
  readonly leases: Leases;
  readonly instance: string;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly settleMs?: number;
  readonly renewMs?: number;
  readonly onReport?: (report: PlaceReport) => void;
}

/** The page as it was made last. */
export interface Rendered {
  readonly facts: StatusFacts;
  readonly site: Site;
}

const stopGraceMs = 1_500;

/**
 * Makes the page on every change and once a minute, for its own server and for every place. Of several notifiers one publishes: the
 * holder of a lease, whose fencing token begins its generations. It goes on when the bus is gone, as a page that says "unknown" is
 * worth more than one that is silently old; should another have taken over meanwhile, the places refuse what is older.
 */
export class StatusPublisher {
  private rendered: Rendered;
  private generation: Generation | undefined;
  private soon: NodeJS.Timeout | undefined;
  private readonly renewal: NodeJS.Timeout;
  private readonly workers: readonly PlaceWorker[];
  private readonly leading: HeldWork;
  private stopped = false;

  constructor(private readonly settings: PublisherSettings) {
    const { places, leases, instance, logger, nowMs, onReport, renewMs = 60_000 } = settings;
    this.rendered = this.render();
    this.workers = places.map(
      (place) => new PlaceWorker({ place, logger, nowMs, ...(onReport === undefined ? {} : { onReport }) }),
    );
    this.renewal = setInterval(() => this.publish(), renewMs);
    this.leading = new HeldWork({
      ...{ leases, logger, name: 'status-page', holder: instance },
      work: (lease, signal) => this.lead(lease, signal),
    });
    this.leading.start();
  }

  get current(): Rendered {
    return this.rendered;
  }

  get reports(): readonly PlaceReport[] {
    return this.workers.map((worker) => worker.report);
  }

  /** Whether this is the one of several notifiers that acts for all. */
  get leads(): boolean {
    return this.leading.holding;
  }

  /** Something changed: made in a moment, once for many changes. */
  changed(): void {
    if (this.stopped) return;
    this.soon ??= setTimeout(() => this.publish(), this.settings.settleMs ?? 50);
  }

  /** What changed last is published, if that is quick. */
  async stop(): Promise<void> {
    clearInterval(this.renewal);
    const pending = this.soon !== undefined;
    clearTimeout(this.soon);
    if (pending) this.publish();
    clearTimeout(this.soon);
    this.stopped = true;
    await Promise.all([...this.workers.map((worker) => worker.stop(stopGraceMs)), this.leading.stop()]);
  }

  private publish(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    try {
      this.rendered = this.render();
    } catch (error) {
      this.settings.logger.error('status page cannot be made', { reason: DrError.from(error).message });
      return;
    }
    this.offer();
  }

  private render(): Rendered {
    const facts = this.settings.look();
    return { facts, site: this.settings.builder.build(facts) };
  }

  private offer(): void {
    if (this.generation === undefined) return;
    this.generation = { term: this.generation.term, number: this.generation.number + 1 };
    const { facts, site } = this.rendered;
    for (const worker of this.workers)
      worker.offer({ generation: this.generation, generatedAt: facts.generatedAt, site });
  }

  private async lead({ token }: Lease, signal: AbortSignal): Promise<void> {
    this.generation = { term: token, number: 0 };
    this.publish();
    await ended(signal);
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

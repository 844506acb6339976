import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { type Contact, DrError, type EventContract, contractOf } from '@novacron/contracts';
import { JsonLogger, LoadedEstate, Readiness, Secrets } from '@novacron/service';
import type { Channel } from './channels/channel.js';
import { openChannels } from './channels/open-channels.js';
import { ChannelWorker } from './delivery/channel-worker.js';
import { Planner } from './delivery/planner.js';
import { applyEvent, tellingEvents } from './domain/apply-event.js';
import { emptyBook, type IncidentBook } from './domain/incident-book.js';
import { standardRetry } from './domain/retry.js';
import { HistoryReader } from './history/history-reader.js';
import { Ledger } from './ledger/ledger.js';
import { NotifierMetrics } from './notifier-metrics.js';
import { HealthConditions, mergedConditions } from './status-page/health-conditions.js';
import { StatusPublisher } from './status-page/status-publisher.js';
import { statusSnapshot } from './status-page/status-snapshot.js';
import { assertTemplates } from './templates/check-templates.js';

/** The parts that stand once the bus is there. */
export interface NotifierParts {
  readonly ledger: Ledger;
  readonly planner: Planner;
  readonly history: HistoryReader;
  readonly page: StatusPublisher;
}

const healthEveryMs = 5_000;

/**
 * Tells people. Events in their stored order make the book of incidents; the book makes messages due; the planner writes each
 * into the ledger and queues it; one worker per channel sends it. All but the ledger and the queue can be made again from the
 * events, so a start after a crash does what was left undone and nothing twice.
 */
@Injectable()
export class Notifier implements OnApplicationBootstrap, OnModuleDestroy {
  private standing: NotifierParts | undefined;
  private book: IncidentBook;
  private readonly leave: (() => unknown)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly loaded: LoadedEstate,
    private readonly secrets: Secrets,
    private readonly logger: JsonLogger,
    private readonly readiness: Readiness,
    private readonly metrics: NotifierMetrics,
  ) {
    this.book = emptyBook(loaded.estate);
  }

  get parts(): NotifierParts {
    if (this.standing === undefined) throw new DrError('INTERNAL', 'the notifier has not started');
    return this.standing;
  }

  get incidents(): IncidentBook {
    return this.book;
  }

  /** @throws DrError INVALID_ESTATE for templates, contacts and channels that cannot be used, BUS_UNAVAILABLE. */
  async onApplicationBootstrap(): Promise<void> {
    const { bus, logger, metrics } = this;
    const { estate } = this.loaded;
    assertTemplates(estate);
    const { channels, unserved } = openChannels(estate, (reference) => this.secrets.read(reference));
    for (const promise of unserved) logger.warn('an audience has a channel that is not built yet', { promise });

    const ledger = await Ledger.open(bus.jetstream);
    this.leave.push(() => ledger.close());
    const planner = new Planner({
      bus,
      logger,
      ledger,
      estate,
      served: new Set(channels.keys()),
      nowMs: Date.now,
      onFallback: (template) => metrics.fallbacks.inc({ template }),
    });
    const health = new HealthConditions(bus, logger, Date.now);
    const page = this.openPage(health);
    const history = this.openHistory(planner, page);
    this.standing = { ledger, planner, history, page };
    metrics.watch(ledger);
    this.startWorkers(channels, ledger);
    await history.start();
    this.readiness.add('history', () => (history.failing ? 'events cannot be taken' : undefined));
    this.followHealth(health, page);
  }

  async onModuleDestroy(): Promise<void> {
    for (const leave of this.leave.toReversed()) await leave();
  }

  private openPage(health: HealthConditions): StatusPublisher {
    const { estate } = this.loaded;
    const { folder } = estate.communication.statusPage;
    const look = () =>
      statusSnapshot(this.book, estate, mergedConditions(this.book.sites, health.current()), new Date());
    const page = new StatusPublisher(look, folder === undefined ? undefined : this.loaded.path(folder), this.logger);
    this.leave.push(() => page.stop());
    return page;
  }

  private openHistory(planner: Planner, page: StatusPublisher): HistoryReader {
    const { estate } = this.loaded;
    const history = new HistoryReader({
      bus: this.bus,
      logger: this.logger,
      contracts: tellingEvents
        .map(contractOf)
        .filter((contract): contract is EventContract => contract.kind === 'event'),
      onEvent: async (event) => {
        const { book, notice } = applyEvent(this.book, event, estate);
        if (notice !== undefined) await planner.plan(notice, event);
        this.book = book;
        page.changed();
      },
    });
    this.leave.push(() => history.stop());
    return history;
  }

  private startWorkers(channels: ReadonlyMap<string, Channel>, ledger: Ledger): void {
    const contacts = new Map<string, Contact>(this.loaded.estate.contacts.map((contact) => [contact.id, contact]));
    for (const channel of channels.values()) {
      const worker = new ChannelWorker({
        bus: this.bus,
        logger: this.logger,
        channel,
        ledger,
        retry: standardRetry,
        contact: (id) => contacts.get(id),
        nowMs: Date.now,
        onSettled: (entry) => this.metrics.settled(entry),
      });
      worker.start();
      this.leave.push(() => worker.stop());
    }
  }

  private followHealth(health: HealthConditions, page: StatusPublisher): void {
    const look = async (): Promise<void> => {
      await health.renew();
      page.changed();
    };
    void look();
    const timer = setInterval(() => void look(), healthEveryMs);
    this.leave.push(() => clearInterval(timer));
  }
}

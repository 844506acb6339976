import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, Leases } from '@novacron/bus';
import { type Contact, contractOf, DrError, durationMs, type EventContract } from '@novacron/contracts';
import { JsonLogger, LoadedEstate, Readiness, Secrets, ServiceConfig } from '@novacron/service';
import { atMostEvery, type Paced } from './at-most-every.js';
import { Auditor } from './audit/auditor.js';
import { type Channel, everyone } from './channels/channel.js';
import { openChannels } from './channels/open-channels.js';
import { Clock } from './clock.js';
import { policyOf } from './delivery/channel-policy.js';
import { ChannelWorker } from './delivery/channel-worker.js';
import { PagesInDoubt } from './delivery/pages-in-doubt.js';
import { tellingEvents } from './domain/apply-event.js';
import { conversationEvents } from './domain/conversation/next-talk.js';
import { emptyBook, type IncidentBook } from './domain/incident-book.js';
import { HistoryReader } from './history/history-reader.js';
import { Ledger } from './ledger/ledger.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';
import { Seals } from './ledger/seals.js';
import { NotifierMetrics } from './notifier-metrics.js';
import { StatusPage } from './status-page/status-page.js';
import { StatusPageMetrics } from './status-page/status-page-metrics.js';
import { FrozenPlans } from './telling/frozen-plans.js';
import { Planner } from './telling/planner.js';
import { Teller } from './telling/teller.js';
import { DurableTimers } from './timers/durable-timers.js';

/** The parts that stand once the bus is there. */
export interface NotifierParts {
  readonly ledger: Ledger;
  readonly planner: Planner;
  readonly teller: Teller;
  readonly history: HistoryReader;
  readonly page: StatusPage;
}

const defaultAuditEvery = '1m';
/** The page looks at every row of an incident: not for each of ten thousand that end within seconds. */
const pagePauseMs = 200;

/**
 * Tells people. Events in their stored order make the book of incidents and the conversations about them; these make messages due,
 * which the planner writes into the ledger and queues; one worker per channel sends them. All but the ledger, the queue and the
 * plans of incidents can be made again from the events, so a start after a crash does what was left undone and nothing twice.
 */
@Injectable()
export class Notifier implements OnApplicationBootstrap, OnModuleDestroy {
  private standing: NotifierParts | undefined;
  private readonly leave: (() => unknown)[] = [];
  /** The page stands once the ledger does; what changes before that it finds by itself. */
  private pageChanged: Paced = atMostEvery(0, () => {});

  constructor(
    private readonly bus: Bus,
    private readonly loaded: LoadedEstate,
    private readonly secrets: Secrets,
    private readonly logger: JsonLogger,
    private readonly readiness: Readiness,
    private readonly metrics: NotifierMetrics,
    private readonly clock: Clock,
    private readonly leases: Leases,
    private readonly config: ServiceConfig,
    private readonly pageMetrics: StatusPageMetrics,
  ) {}

  get parts(): NotifierParts {
    if (this.standing === undefined) throw new DrError('INTERNAL', 'the notifier has not started');
    return this.standing;
  }

  get incidents(): IncidentBook {
    return this.standing?.teller.book ?? emptyBook(this.loaded.estate);
  }

  /** @throws DrError INVALID_ESTATE for contacts and channels that cannot be used, BUS_UNAVAILABLE. */
  async onApplicationBootstrap(): Promise<void> {
    const { bus, logger, metrics, clock } = this;
    const { estate } = this.loaded;
    const nowMs = (): number => clock.nowMs();
    const channels = openChannels(estate, {
      secret: (reference) => this.secrets.read(reference),
      nowMs,
      onPageChange: () => this.pageChanged(),
    });

    const ledger = await Ledger.open(bus.jetstream, bus.estate);
    this.leave.push(() => ledger.close());
    const planner = new Planner({
      bus,
      logger,
      ledger,
      estate,
      nowMs,
      onFallback: (template) => metrics.fallbacks.inc({ template }),
    });
    const plans = await FrozenPlans.open(bus.jetstream, bus.estate);
    const timers = new DurableTimers({
      bus,
      logger,
      nowMs,
      longestRestMs: clock.longestRestMs,
      onDue: async (timer) => {
        await teller.due(timer);
        metrics.timerFired(nowMs() - timer.dueAtMs);
      },
    });
    const teller: Teller = new Teller({
      bus,
      logger,
      estate,
      ledger,
      planner,
      plans,
      timers,
      nowMs,
      onChange: () => this.pageChanged(),
    });
    const page = await this.openPage(ledger);
    this.pageChanged = atMostEvery(pagePauseMs, () => page.changed());
    this.leave.push(() => this.pageChanged.stop());
    const history = this.openHistory(teller);
    this.standing = { ledger, planner, teller, history, page };
    metrics.watch(ledger);
    this.startWorkers(channels, ledger, planner);
    await history.start();
    timers.start();
    this.leave.push(() => timers.stop());
    this.readiness.add('history', () => (history.failing ? 'events cannot be taken' : undefined));
    await this.startAudits(ledger, planner, teller);
  }

  async onModuleDestroy(): Promise<void> {
    for (const leave of this.leave.toReversed()) await leave();
  }

  /**
   * A notification came to an end: what failed goes over the fallback; what is uncertain too, when it is a page — rather twice than
   * never — but not when customers would read it twice.
   */
  async settled(entry: LedgerEntry): Promise<void> {
    const lost = entry.state === 'failed' || (entry.state === 'unknown' && !entry.customer);
    if (lost) await this.parts.planner.fallBack(entry);
    this.metrics.settled(entry);
    this.pageChanged();
  }

  private async openPage(ledger: Ledger): Promise<StatusPage> {
    const { bus, leases, loaded, secrets, logger, pageMetrics, config, clock } = this;
    const page = await StatusPage.open({
      bus,
      leases,
      loaded,
      secrets,
      logger,
      instance: config.serviceInstance,
      book: () => this.incidents,
      told: (incident) => ledger.ofIncident(incident),
      nowMs: () => clock.nowMs(),
      onPlace: (report) => pageMetrics.placed(report),
    });
    this.leave.push(() => page.close());
    return page;
  }

  private openHistory(teller: Teller): HistoryReader {
    const history = new HistoryReader({
      bus: this.bus,
      logger: this.logger,
      contracts: [...tellingEvents, ...conversationEvents]
        .map(contractOf)
        .filter((contract): contract is EventContract => contract.kind === 'event'),
      onEvent: (event) => teller.take(event),
      onCaughtUp: () => teller.caughtUp(),
    });
    this.leave.push(() => history.stop());
    return history;
  }

  private startWorkers(channels: ReadonlyMap<string, Channel>, ledger: Ledger, planner: Planner): void {
    const pages = new PagesInDoubt();
    const { contacts, communication } = this.loaded.estate;
    const people = new Map<string, Contact>(contacts.map((contact) => [contact.id, contact]));
    people.set(everyone, { id: everyone, name: 'everyone' });
    for (const settings of communication.channels) {
      const channel = channels.get(settings.name);
      if (channel === undefined) continue;
      const worker = new ChannelWorker({
        bus: this.bus,
        logger: this.logger,
        channel,
        ledger,
        policy: policyOf(settings),
        pages,
        hasStandIn: (entry) => planner.standIn(entry) !== undefined,
        contact: (id) => people.get(id),
        nowMs: () => this.clock.nowMs(),
        onSettled: (entry) => this.settled(entry),
      });
      worker.start();
      this.metrics.watchChannel(worker);
      this.leave.push(() => worker.stop());
    }
  }

  private async startAudits(ledger: Ledger, planner: Planner, teller: Teller): Promise<void> {
    const { bus, logger, clock } = this;
    const { deadManSwitch } = this.loaded.estate.communication;
    const nowMs = (): number => clock.nowMs();
    const manager = await bus.jetstream.jetstreamManager();
    const url = deadManSwitch?.urlSecret;
    const switchUrl = async (): Promise<string> =>
      url === undefined ? (deadManSwitch?.url ?? '') : this.secrets.read(url);
    const auditor = new Auditor({
      ledger,
      logger,
      nowMs,
      seals: new Seals(bus.jetstream, manager, bus.estate, nowMs),
      wanted: () => teller.wanted,
      setTimer: (timer, attempt) => teller.setTimer(timer, attempt),
      requeue: (entry, attempt) => planner.requeue(entry, attempt),
      ...(deadManSwitch === undefined ? {} : { switchUrl }),
    });
    let running: Promise<void> | undefined;
    const look = (): void => {
      running ??= auditor
        .audit()
        .then((audit) => this.metrics.audited(audit))
        .catch((error: unknown) => logger.error('audit failed', { reason: DrError.from(error).message }))
        .finally(() => {
          running = undefined;
        });
    };
    const timer = setInterval(look, durationMs(deadManSwitch?.every ?? defaultAuditEvery));
    this.leave.push(async () => {
      clearInterval(timer);
      await running;
    });
  }
}

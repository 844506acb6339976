import type { Bus, Leases, Logger } from '@novacron/bus';
import { DrError, type Estate } from '@novacron/contracts';
import type { LoadedEstate, Secrets } from '@novacron/service';
import type { IncidentBook } from '../domain/incident-book.js';
import { HealthConditions } from './facts/health-conditions.js';
import type { ToldMessage } from './facts/incidents-from-book.js';
import { PresentState, subscriptionsUrl } from './facts/present-state.js';
import { publicGroups } from './facts/public-groups.js';
import { publicText } from './facts/public-text.js';
import { componentsOf, type StatusFacts } from './facts/status-facts.js';
import type { Language } from './languages/language.js';
import { loadLanguages } from './languages/load-languages.js';
import { type PageContext, pageContext } from './pages/page-context.js';
import { openPlaces } from './publishing/open-places.js';
import type { Place } from './publishing/place.js';
import type { PlaceReport } from './publishing/place-worker.js';
import { type Rendered, StatusPublisher } from './publishing/publisher.js';
import { SiteBuilder } from './site/build-site.js';
import { loadPictures } from './site/pictures.js';
import type { SiteFile } from './site/site-file.js';
import { IncidentKeeper } from './store/incident-keeper.js';
import { KeptDocuments } from './store/kept-documents.js';
import { StatusMemory } from './store/status-memory.js';
import { WordsByHand } from './store/words-by-hand.js';
import { openSubscriptions } from './subscriptions/open-subscriptions.js';
import type { Subscriptions } from './subscriptions/subscriptions.js';

export interface StatusPageSettings {
  readonly bus: Bus;
  readonly leases: Leases;
  readonly loaded: LoadedEstate;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly instance: string;
  /** What the notifier knows of incidents now. */
  readonly book: () => IncidentBook;
  /** The messages that were made for an incident. */
  readonly told: (incident: string) => Iterable<ToldMessage>;
  readonly nowMs: () => number;
  readonly onPlace?: (report: PlaceReport) => void;
}

/** What has to be read or opened before the page can stand. */
interface Opened {
  readonly languages: readonly Language[];
  readonly pictures: readonly SiteFile[];
  readonly places: readonly Place[];
  readonly documents: KeptDocuments;
}

const healthEveryMs = 5_000;
const observeEveryMs = 60_000;
const renewMs = 60_000;

/**
 * The public status page. It reads the notifier's book of incidents and the messages that customers were sent, and asks how the
 * sites are; it keeps what the public was told in a store of its own, and publishes the whole as files.
 */
export class StatusPage {
  private readonly leave: (() => unknown)[] = [];
  private readonly memory: StatusMemory;
  private readonly health: HealthConditions;
  private readonly present: PresentState;
  private readonly keeper: IncidentKeeper;
  private readonly publisher: StatusPublisher;
  private readonly languages: readonly Language[];
  private lastStates = '';
  private observedAtMs = -Infinity;
  readonly byHand: WordsByHand;
  /** Where the estate has them. */
  readonly subscriptions: Subscriptions | undefined;
  readonly formTarget: string | undefined;

  private constructor(
    private readonly settings: StatusPageSettings,
    opened: Opened,
    subscriptions: (facts: () => StatusFacts) => Subscriptions | undefined,
  ) {
    const { bus, loaded, logger, nowMs, book, told, onPlace } = settings;
    const { estate } = loaded;
    const [groups, clean] = [publicGroups(estate), publicText(estate)];
    this.languages = opened.languages;
    const memory = new StatusMemory(opened.documents);
    this.memory = memory;
    this.health = new HealthConditions(bus, logger, nowMs);
    this.present = new PresentState({ estate, groups, book, memory, health: this.health, renewMs });
    this.keeper = new IncidentKeeper({ estate, groups, clean, memory, book, told, logger });
    this.byHand = new WordsByHand(
      memory,
      componentsOf({ groups }).map(({ id }) => id),
      clean,
      nowMs,
    );
    const facts = (): StatusFacts => this.present.facts(new Date(nowMs()));
    this.publisher = new StatusPublisher({
      look: facts,
      builder: new SiteBuilder(opened.languages, opened.pictures),
      places: opened.places,
      leases: settings.leases,
      instance: settings.instance,
      logger,
      nowMs,
      renewMs,
      ...(onPlace === undefined ? {} : { onReport: onPlace }),
    });
    this.subscriptions = subscriptions(facts);
    this.formTarget = formTargetOf(estate);
    this.leave.push(
      () => opened.documents.close(),
      () => this.publisher.stop(),
    );
    opened.documents.onChange((key) => {
      if (!key.startsWith('day.') && !key.startsWith('subscriber.')) this.publisher.changed();
    });
    this.followHealth();
  }

  /** @throws DrError INVALID_ESTATE for languages that cannot be used, INVALID_CONFIG for secrets, BUS_UNAVAILABLE. */
  static async open(settings: StatusPageSettings): Promise<StatusPage> {
    const { bus, loaded, secrets, logger, nowMs } = settings;
    const { estate } = loaded;
    const plan = estate.communication.statusPage;
    const own = plan.languageFolder === undefined ? undefined : loaded.path(plan.languageFolder);
    const languages = await loadLanguages(plan.languages ?? ['en'], own);
    const places = await openPlaces(
      plan,
      (path) => loaded.path(path),
      (reference) => secrets.read(reference),
    );
    if (places.length < 2) {
      logger.warn('status page: fewer than two places; it ends with this one', {
        places: places.map(({ name }) => name),
      });
    }
    const pictures = await loadPictures();
    const documents = await KeptDocuments.open(bus.jetstream, estate.estate);
    const subscriptions = await openSubscriptions({ estate, secrets, documents, languages, logger, nowMs });
    return new StatusPage(settings, { languages, pictures, places, documents }, subscriptions);
  }

  get current(): Rendered {
    return this.publisher.current;
  }

  get places(): readonly PlaceReport[] {
    return this.publisher.reports;
  }

  async close(): Promise<void> {
    for (const leave of this.leave.toReversed()) await leave();
    await this.keeper.settled;
  }

  /** What a page of its own is made with, in a language if there is that. */
  context(tag: string): PageContext {
    const { languages } = this;
    const [main] = languages;
    const language = languages.find((one) => one.tag === tag) ?? main;
    if (language === undefined) throw new DrError('INTERNAL', 'the status page has no language');
    return pageContext(this.current.facts, language, languages);
  }

  /** The book or the messages changed: what is new is remembered, then shown. */
  changed(): void {
    this.publisher.changed();
    void this.keeper.look();
  }

  private followHealth(): void {
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking) return;
      looking = true;
      try {
        await this.health.renew();
        await this.observe();
      } finally {
        looking = false;
      }
    };
    void look();
    const timer = setInterval(() => void look(), healthEveryMs);
    this.leave.push(() => clearInterval(timer));
  }

  private async tellSubscribers(): Promise<void> {
    try {
      await this.subscriptions?.tell();
    } catch (error) {
      this.settings.logger.warn('status page: subscribers are told later', { code: DrError.from(error).code });
    }
  }

  private async observe(): Promise<void> {
    const nowMs = this.settings.nowMs();
    const states = this.present.states(new Date(nowMs));
    const shown = JSON.stringify([[...states], this.health.silentSinceMs]);
    if (this.publisher.leads) void this.tellSubscribers();
    const differs = shown !== this.lastStates;
    if (differs) this.changed();
    else void this.keeper.look();
    this.lastStates = shown;
    if (!differs && Math.abs(nowMs - this.observedAtMs) < observeEveryMs) return;
    try {
      await this.memory.observe(states, new Date(nowMs));
      this.observedAtMs = nowMs;
    } catch (error) {
      this.settings.logger.debug('status page: a look is not remembered', { code: DrError.from(error).code });
    }
  }
}

/** The one origin to which a form of the page may be sent. */
function formTargetOf(estate: Estate): string | undefined {
  const { subscriptions } = estate.communication.statusPage;
  return subscriptions === undefined ? undefined : new URL(subscriptionsUrl(subscriptions.url)).origin;
}

import type { Bus, Leases, Logger } from '@novacron/bus';
import { type AnnounceMaintenance, DrError, type Estate, type PostStatus } from '@novacron/contracts';
import type { LoadedEstate, Secrets } from '@novacron/service';
import type { Incident } from '../domain/incident.js';
import type { IncidentBook } from '../domain/incident-book.js';
import { componentState } from './facts/component-states.js';
import { confirmedConditions, HealthConditions } from './facts/health-conditions.js';
import { publicIncident, type ToldMessage } from './facts/incidents-from-book.js';
import { publicGroups } from './facts/public-groups.js';
import { publicText, type Publish } from './facts/public-text.js';
import {
  type ComponentState,
  componentsOf,
  type PublicComponent,
  type PublicGroup,
  type StatusFacts,
} from './facts/status-facts.js';
import type { Language } from './languages/language.js';
import { loadLanguages } from './languages/load-languages.js';
import { type PageContext, pageContext } from './pages/page-context.js';
import { openPlaces } from './publishing/open-places.js';
import type { PlaceReport } from './publishing/place-worker.js';
import { type Rendered, StatusPublisher } from './publishing/publisher.js';
import { SiteBuilder } from './site/build-site.js';
import { loadPictures } from './site/pictures.js';
import { KeptDocuments } from './store/kept-documents.js';
import { StatusMemory } from './store/status-memory.js';
import { AddressBook } from './subscriptions/address-book.js';
import { SubscriptionMailer } from './subscriptions/subscription-mailer.js';
import { Subscriptions } from './subscriptions/subscriptions.js';

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

const healthEveryMs = 5_000;
const observeEveryMs = 60_000;
const renewMs = 60_000;

/**
 * The public status page. It reads the notifier's book of incidents and the messages that customers were sent, and asks how the
 * sites are; it keeps what the public was told in a store of its own, and publishes the whole as files.
 */
export class StatusPage {
  private readonly leave: (() => unknown)[] = [];
  private readonly taken = new Map<string, { readonly incident: Incident; readonly messages: number }>();
  private reconciling: Promise<void> = Promise.resolve();
  private lastStates = '';
  private observedAtMs = -Infinity;
  private publisher!: StatusPublisher;
  private languages: readonly Language[] = [];
  /** Where the estate has them. */
  subscriptions: Subscriptions | undefined;
  readonly formTarget: string | undefined;

  private constructor(
    private readonly settings: StatusPageSettings,
    private readonly groups: readonly PublicGroup[],
    private readonly clean: Publish,
    readonly documents: KeptDocuments,
    private readonly memory: StatusMemory,
    private readonly health: HealthConditions,
  ) {
    const { subscriptions } = this.estate.communication.statusPage;
    this.formTarget = subscriptions === undefined ? undefined : new URL(subscriptions.url).origin;
  }

  /** @throws DrError INVALID_ESTATE for languages that cannot be used, INVALID_CONFIG for secrets, BUS_UNAVAILABLE. */
  static async open(settings: StatusPageSettings): Promise<StatusPage> {
    const { bus, loaded, logger, nowMs } = settings;
    const { estate } = loaded;
    const plan = estate.communication.statusPage;
    const own = plan.languageFolder === undefined ? undefined : loaded.path(plan.languageFolder);
    const languages = await loadLanguages(plan.languages ?? ['en'], own);
    const places = await openPlaces(
      plan,
      (path) => loaded.path(path),
      (reference) => settings.secrets.read(reference),
    );
    if (places.length < 2) {
      logger.warn('status page: fewer than two places; it ends with this one', {
        places: places.map(({ name }) => name),
      });
    }
    const documents = await KeptDocuments.open(bus.jetstream, estate.estate);
    const page = new StatusPage(
      settings,
      publicGroups(estate),
      publicText(estate),
      documents,
      new StatusMemory(documents),
      new HealthConditions(bus, logger, nowMs),
    );
    page.publisher = new StatusPublisher({
      look: () => page.facts(),
      builder: new SiteBuilder(languages, await loadPictures()),
      places,
      leases: settings.leases,
      instance: settings.instance,
      logger,
      nowMs,
      renewMs,
      ...(settings.onPlace === undefined ? {} : { onReport: settings.onPlace }),
    });
    page.leave.push(
      () => documents.close(),
      () => page.publisher.stop(),
    );
    page.languages = languages;
    page.subscriptions = await page.openSubscriptions();
    documents.onChange((key) => {
      if (!key.startsWith('day.') && !key.startsWith('subscriber.')) page.publisher.changed();
    });
    page.followHealth();
    return page;
  }

  get current(): Rendered {
    return this.publisher.current;
  }

  get places(): readonly PlaceReport[] {
    return this.publisher.reports;
  }

  async close(): Promise<void> {
    for (const leave of this.leave.toReversed()) await leave();
    await this.reconciling;
  }

  /** What a page of its own is made with, in a language if there is that. */
  context(tag: string): PageContext {
    const [main] = this.languages;
    const language = this.languages.find((one) => one.tag === tag) ?? main;
    if (language === undefined) throw new DrError('INTERNAL', 'the status page has no language');
    return pageContext(this.current.facts, language, this.languages);
  }

  /** The book or the messages changed: what is new is remembered, then shown. */
  changed(): void {
    this.publisher.changed();
    this.reconciling = this.reconciling.then(() => this.reconcile());
  }

  /** @throws DrError INVALID_MESSAGE, BUS_UNAVAILABLE. */
  async post(post: PostStatus): Promise<void> {
    this.assertComponents(post.components ?? [], 'components');
    const known = this.memory.incidents.find(({ id }) => id === post.incident);
    if (known === undefined && post.title === undefined) {
      throw new DrError('INVALID_MESSAGE', `there is no incident ${post.incident} on the status page`, {
        details: [{ path: 'title', problem: 'is needed for a new incident' }],
      });
    }
    await this.memory.post(post, new Date(this.settings.nowMs()).toISOString(), this.clean);
  }

  /** @throws DrError INVALID_MESSAGE, BUS_UNAVAILABLE. */
  async announce(maintenance: AnnounceMaintenance): Promise<void> {
    this.assertComponents(maintenance.components, 'components');
    if (Date.parse(maintenance.until) <= Date.parse(maintenance.from)) {
      throw new DrError('INVALID_MESSAGE', 'maintenance must end after it begins', {
        details: [{ path: 'until', problem: 'must be later than from' }],
      });
    }
    await this.memory.announce(maintenance, new Date(this.settings.nowMs()).toISOString(), this.clean);
  }

  private async openSubscriptions(): Promise<Subscriptions | undefined> {
    const { secrets, logger, nowMs } = this.settings;
    const { subscriptions: plan } = this.estate.communication.statusPage;
    const channel = this.estate.communication.channels.find(({ name }) => name === plan?.channel);
    if (plan === undefined || channel === undefined) return undefined;
    const { host = '', port = 25, from = '', startTls, user, password } = channel;
    return new Subscriptions({
      documents: this.documents,
      addresses: AddressBook.of(await secrets.read(plan.key)),
      mailer: new SubscriptionMailer({
        host,
        port,
        from,
        startTls: startTls === true,
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password: () => secrets.read(password) }),
      }),
      languages: this.languages,
      url: subscriptionsUrl(plan.url),
      facts: () => this.facts(),
      logger,
      nowMs,
    });
  }

  private get components(): readonly PublicComponent[] {
    return componentsOf({ groups: this.groups });
  }

  private get estate(): Estate {
    return this.settings.loaded.estate;
  }

  private assertComponents(given: readonly string[], path: string): void {
    const known = this.components.map(({ id }) => id);
    const unknown = given.filter((id) => !known.includes(id));
    if (unknown.length === 0) return;
    throw new DrError('INVALID_MESSAGE', `the status page has no component ${unknown.join(', ')}`, {
      details: [{ path, problem: `must be of ${known.join(', ')}` }],
    });
  }

  private facts(): StatusFacts {
    const now = new Date(this.settings.nowMs());
    const { title, publicUrl, supportUrl, subscriptions, unlisted } = this.estate.communication.statusPage;
    const silentMs = this.health.silentSinceMs;
    const open = this.settings.book().incidents.filter((one) => one.phase !== 'resolved');
    return {
      estate: this.estate.estate,
      title,
      ...(publicUrl === undefined ? {} : { publicUrl }),
      ...(supportUrl === undefined ? {} : { supportUrl }),
      ...(subscriptions === undefined ? {} : { subscribeUrl: subscriptionsUrl(subscriptions.url) }),
      unlisted: unlisted === true,
      groups: this.groups,
      states: this.states(now),
      incidents: this.memory.incidents,
      maintenance: this.memory.maintenance,
      days: this.memory.days(
        this.components.map(({ id }) => id),
        now,
      ),
      elsewhere: open.some((one) => one.runningOn !== undefined && !one.drill),
      ...(silentMs === undefined ? {} : { blindSince: new Date(silentMs).toISOString() }),
      generatedAt: now.toISOString(),
      nextUpdateBy: new Date(now.getTime() + renewMs).toISOString(),
    };
  }

  private states(now: Date): ReadonlyMap<string, ComponentState> {
    const book = this.settings.book();
    const outages = new Map(
      book.incidents
        .filter((one) => one.kind === 'outage' && !one.drill && one.phase !== 'resolved')
        .map((one) => [one.id, one]),
    );
    const open = this.memory.incidents
      .filter(({ status }) => status !== 'resolved')
      .map((incident) => ({ incident, failing: failingServices(outages.get(incident.id)) }));
    // What was not yet remembered, as while the bus is away, counts all the same.
    const failing = [...outages.values()]
      .filter(({ id }) => !open.some(({ incident }) => incident.id === id))
      .flatMap(failingServices);
    const proved = [...outages.values()].some(({ runningOn }) => runningOn === book.activeSite);
    const evidence = {
      activeSite: book.activeSite,
      conditions: confirmedConditions(book.sites, this.health.current()),
      open,
      failing,
      ...(proved ? { provedSite: book.activeSite } : {}),
      maintenance: this.memory.maintenance,
      now: now.toISOString(),
    };
    return new Map(this.components.map((component) => [component.id, componentState(component, evidence)]));
  }

  private async reconcile(): Promise<void> {
    for (const incident of this.settings.book().incidents) {
      const told = [...this.settings.told(incident.id)];
      const messages = told.filter(({ heldFor }) => heldFor === undefined).length;
      const known = this.taken.get(incident.id);
      if (known?.incident === incident && known.messages === messages) continue;
      const found = publicIncident(incident, told, {
        estate: this.estate,
        groups: this.groups,
        clean: this.clean,
        activeSite: this.settings.book().activeSite,
        known: this.memory.incidents.some(({ id }) => id === incident.id),
      });
      try {
        if (found !== undefined) await this.memory.tell(found);
        this.taken.set(incident.id, { incident, messages });
      } catch (error) {
        this.settings.logger.warn('status page: an incident is not remembered yet', {
          incident: incident.id,
          code: DrError.from(error).code,
        });
        return;
      }
    }
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
    const states = this.states(new Date(nowMs));
    const shown = JSON.stringify([[...states], this.health.silentSinceMs]);
    if (this.publisher.leads) void this.tellSubscribers();
    const differs = shown !== this.lastStates;
    if (differs) this.changed();
    else this.reconciling = this.reconciling.then(() => this.reconcile());
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

function subscriptionsUrl(base: string): string {
  return `${base.replace(/\/+$/u, '')}/subscriptions`;
}

/** None once service was restored. */
function failingServices(incident: Incident | undefined): readonly string[] {
  return incident === undefined || incident.restoredAt !== undefined ? [] : incident.services;
}

import type { Logger } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { isMailAddress } from '../../channels/email/mail.js';
import type { StatusFacts } from '../facts/status-facts.js';
import type { Language } from '../languages/language.js';
import { absolute } from '../pages/document.js';
import { incidentPath, incidentTitle } from '../pages/wording.js';
import type { KeptDocuments } from '../store/kept-documents.js';
import type { AddressBook } from './address-book.js';
import { type DueUpdate, dueUpdates, type Subscriber } from './due-updates.js';
import type { SubscriptionMail, SubscriptionMailer } from './subscription-mailer.js';

export interface SubscriptionsSettings {
  readonly documents: KeptDocuments;
  readonly addresses: AddressBook;
  readonly mailer: Pick<SubscriptionMailer, 'send'>;
  readonly languages: readonly Language[];
  /** Such as `https://notify.example.com/subscriptions`. */
  readonly url: string;
  readonly facts: () => StatusFacts;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

const askAgainMs = 10 * 60_000;
const confirmWithinMs = 48 * 60 * 60_000;
const rememberedUpdates = 100;
const atOnce = 4;
const asksAtMost = 200;

/**
 * Subscriptions by e-mail: asked for, confirmed by a link, ended by one click. Nobody learns from us whether an address is subscribed.
 * Each update goes to each subscriber once; again only if we died before we could note that the server had taken it.
 */
export class Subscriptions {
  private telling: Promise<void> | undefined;
  private again = false;
  private asks = { sinceMs: 0, count: 0 };

  constructor(private readonly settings: SubscriptionsSettings) {}

  /** Sends a link to confirm, at most one in ten minutes to an address. @throws DrError INVALID_MESSAGE, UNREACHABLE, BUS_UNAVAILABLE. */
  async ask(address: string, components: readonly string[], languageTag: string): Promise<void> {
    if (!isMailAddress(address)) throw new DrError('INVALID_MESSAGE', 'this is not an e-mail address');
    const { documents, addresses, nowMs } = this.settings;
    const now = new Date(nowMs()).toISOString();
    const id = addresses.idOf(address);
    let send = false;
    await documents.change<Subscriber>(`subscriber.${id}`, (known) => {
      send = known === undefined || nowMs() - Date.parse(known.askedAt) > askAgainMs;
      if (!send) return known;
      const { confirmedAt } = known ?? {};
      return {
        sealed: known?.sealed ?? addresses.seal(address.trim()),
        // Whoever asks again for a confirmed address must not change what its owner chose.
        components: confirmedAt === undefined ? components : (known?.components ?? []),
        language: this.language(languageTag).tag,
        askedAt: now,
        ...(confirmedAt === undefined ? {} : { confirmedAt }),
        told: known?.told ?? [],
      };
    });
    if (!send || !this.mayAsk()) return;
    const language = this.language(languageTag);
    const { title } = this.settings.facts();
    const link = `${this.settings.url}/confirm/${addresses.token('confirm', id, now)}`;
    await this.settings.mailer.send({
      to: address.trim(),
      subject: language.say('mail.confirm-subject', { title }),
      text: language.say('mail.confirm', { title, link }),
      key: `${id}/${now}`,
    });
  }

  /** Whether the link of a token would be taken. */
  confirmable(token: string): boolean {
    const known = this.subscriber(token);
    if (known === undefined || !this.settings.addresses.matches(token, 'confirm', known.askedAt)) return false;
    return this.settings.nowMs() - Date.parse(known.askedAt) <= confirmWithinMs;
  }

  /** False for a link that is too old or not ours. @throws DrError BUS_UNAVAILABLE. */
  async confirm(token: string): Promise<boolean> {
    if (!this.confirmable(token)) return false;
    const { documents, addresses, nowMs } = this.settings;
    await documents.change<Subscriber>(`subscriber.${addresses.idIn(token)}`, (known) =>
      known === undefined || known.confirmedAt !== undefined
        ? known
        : { ...known, confirmedAt: new Date(nowMs()).toISOString() },
    );
    return true;
  }

  endable(token: string): boolean {
    return this.settings.addresses.matches(token, 'end');
  }

  /** The address is forgotten; doing it again is no error. False for a link that is not ours. @throws DrError BUS_UNAVAILABLE. */
  async end(token: string): Promise<boolean> {
    if (!this.endable(token)) return false;
    if (this.subscriber(token) !== undefined)
      await this.settings.documents.remove(`subscriber.${this.settings.addresses.idIn(token)}`);
    return true;
  }

  /** Sends what is due; called again meanwhile, it looks once more. */
  tell(): Promise<void> {
    this.again = true;
    this.telling ??= this.tellAll().finally(() => {
      this.telling = undefined;
    });
    return this.telling;
  }

  private async tellAll(): Promise<void> {
    while (this.again) {
      this.again = false;
      const { incidents } = this.settings.facts();
      const now = this.settings.nowMs();
      const queue = [...this.settings.documents.under<Subscriber>('subscriber')].flatMap(([id, subscriber]) => {
        const due = dueUpdates(subscriber, incidents, now);
        return due.length === 0 ? [] : [{ id, subscriber, due }];
      });
      const work = async (): Promise<void> => {
        for (let one = queue.shift(); one !== undefined; one = queue.shift())
          await this.tellOne(one.id, one.subscriber, one.due);
      };
      await Promise.all(Array.from({ length: atOnce }, work));
    }
  }

  private async tellOne(id: string, subscriber: Subscriber, due: readonly DueUpdate[]): Promise<void> {
    const { addresses, mailer, documents, logger } = this.settings;
    const to = addresses.open(subscriber.sealed);
    try {
      for (const update of due) {
        const taken = to === undefined || (await mailer.send(this.mail(id, to, subscriber, update)));
        if (!taken) logger.warn('status page: a subscriber cannot be reached', { subscriber: id });
        await documents.change<Subscriber>(`subscriber.${id}`, (known) =>
          known === undefined ? undefined : { ...known, told: [...known.told, update.key].slice(-rememberedUpdates) },
        );
      }
    } catch (error) {
      logger.warn('status page: a subscriber is told later', { subscriber: id, code: DrError.from(error).code });
    }
  }

  private mail(id: string, to: string, subscriber: Subscriber, { key, incident, update }: DueUpdate): SubscriptionMail {
    const facts = this.settings.facts();
    const language = this.language(subscriber.language);
    const endUrl = `${this.settings.url}/end/${this.settings.addresses.token('end', id)}`;
    const page = facts.publicUrl === undefined ? facts.title : absolute(facts.publicUrl, incidentPath(incident));
    const said = [...(update.subject === undefined ? [] : [update.subject]), update.text.trim()].join('\n\n');
    return {
      to,
      subject: `${facts.title}: ${language.say(`status.${update.status}`)} – ${incidentTitle(incident, facts, language)}`,
      text: `${said}\n\n-- \n${language.say('mail.footer', { page, link: endUrl })}\n`,
      key: `${id}/${key}`,
      endUrl,
    };
  }

  private subscriber(token: string): Subscriber | undefined {
    return this.settings.documents.get<Subscriber>(`subscriber.${this.settings.addresses.idIn(token)}`);
  }

  private language(tag: string): Language {
    const [main] = this.settings.languages;
    const found = this.settings.languages.find((one) => one.tag === tag) ?? main;
    if (found === undefined) throw new DrError('INTERNAL', 'the status page has no language');
    return found;
  }

  /** A form that anybody may send must not make us a source of mail for others. */
  private mayAsk(): boolean {
    const now = this.settings.nowMs();
    if (Math.abs(now - this.asks.sinceMs) > askAgainMs) this.asks = { sinceMs: now, count: 0 };
    this.asks.count += 1;
    if (this.asks.count <= asksAtMost) return true;
    this.settings.logger.warn('status page: too many ask for subscriptions', { count: this.asks.count });
    return false;
  }
}

import type { Bus, Logger } from '@novacron/bus';
import { type Audience, type Delivered, DrError, type Estate } from '@novacron/contracts';
import type { Notice } from '../domain/incident-book.js';
import { placeholderTexts } from '../domain/placeholder-texts.js';
import { type PlannedNotification, planFor, planNotifications } from '../domain/plan-notifications.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import type { PlaceholderTexts } from '../templates/placeholders.js';
import { plainMessage, render, type Rendered } from '../templates/render.js';
import { enqueue } from './work-queue.js';

export interface PlannerSettings {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly estate: Estate;
  /** The channels that have an adapter. */
  readonly served: ReadonlySet<string>;
  readonly nowMs: () => number;
  readonly onFallback?: (template: string) => void;
}

/** What a message belongs to, for its row. */
interface Cause {
  readonly batch: number;
  readonly at: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly byHand?: boolean;
}

/** News this old is no news: whoever reads it now finds the status page. */
const tooOldMs = 60 * 60_000;

/** Turns notices into rows of the ledger and work for the channels: the row first, so that nothing planned can be forgotten. */
export class Planner {
  constructor(private readonly settings: PlannerSettings) {}

  /**
   * Plans the messages of a notice, in the stakeholders' order. Doing it again adds only what is missing.
   * @throws DrError BUS_UNAVAILABLE: what was planned so far stays.
   */
  async plan(notice: Notice, event: Delivered): Promise<void> {
    const { estate, served } = this.settings;
    const cause = { batch: event.sequence, at: event.time, correlationId: event.correlationId, causationId: event.id };
    for (const planned of planNotifications(notice, estate, served)) {
      await this.keep(planned, cause, () =>
        this.write(planned.template, placeholderTexts(notice, planned.audience, estate)),
      );
    }
  }

  /**
   * Plans a message by hand to one audience; returns how many were planned.
   * @throws DrError INVALID_MESSAGE naming each placeholder without a value, CONFLICT when someone else sent the same now.
   */
  async planByHand(
    message: { readonly incident: string; readonly template: string; readonly audience: Audience },
    texts: PlaceholderTexts,
    cause: Cause,
  ): Promise<number> {
    const { served } = this.settings;
    const template = this.template(message.template);
    const rendered = render(template, texts);
    const number = `by-hand-${this.sentByHand(message) + 1}`;
    const planned = planFor([message.audience], served, {
      incident: message.incident,
      template: message.template,
      number,
    });
    for (const one of planned) {
      if (!(await this.keep(one, cause, () => rendered))) {
        throw new DrError('CONFLICT', 'the same message is being sent by someone else', {
          hint: 'look at the deliveries',
        });
      }
    }
    return planned.length;
  }

  /** How often this audience was sent this template by hand. */
  private sentByHand({
    incident,
    template,
    audience,
  }: {
    incident: string;
    template: string;
    audience: Audience;
  }): number {
    const rows = [...this.settings.ledger.ofIncident(incident)].filter(
      (row) => row.byHand && row.template === template && row.audience === audience.name,
    );
    return new Set(rows.map((row) => row.causationId)).size;
  }

  private async keep(planned: PlannedNotification, cause: Cause, words: () => Rendered): Promise<boolean> {
    const { bus, ledger, logger, nowMs } = this.settings;
    const { notificationId, incident, audience, recipient, channel, template, priority, rank } = planned;
    const known = ledger.known(notificationId);
    if (known !== undefined && known.state !== 'planned') return false;
    if (known === undefined && nowMs() - Date.parse(cause.at) > tooOldMs) {
      logger.warn('notification is too old to be sent', { notificationId, causedAt: cause.at });
      return false;
    }
    const entry: LedgerEntry = known ?? {
      notificationId,
      incident,
      audience: audience.name,
      recipient,
      channel,
      template,
      byHand: cause.byHand === true,
      priority,
      batch: cause.batch,
      rank,
      ...words(),
      state: 'planned',
      attempts: 0,
      causedAt: cause.at,
      plannedAt: new Date(nowMs()).toISOString(),
      correlationId: cause.correlationId,
      causationId: cause.causationId,
    };
    const created = await ledger.plan(entry);
    if ((ledger.known(notificationId) ?? entry).state === 'planned') await enqueue(bus, entry);
    return created;
  }

  private write(name: string, texts: PlaceholderTexts): Rendered {
    const { logger, onFallback } = this.settings;
    try {
      return render(this.template(name), texts);
    } catch (error) {
      logger.error('template cannot be rendered, plain words are sent', {
        template: name,
        reason: DrError.from(error).message,
      });
      onFallback?.(name);
      return plainMessage(`${name} notice: ${texts.SERVICES ?? ''}`, texts);
    }
  }

  private template(name: string): Estate['communication']['templates'][number] {
    const { templates } = this.settings.estate.communication;
    const found = templates.find((template) => template.name === name);
    if (found !== undefined) return found;
    throw new DrError('NOT_FOUND', `the estate has no template ${name}`, {
      details: [
        { path: 'template', problem: `must be one of ${templates.map((template) => template.name).join(', ')}` },
      ],
    });
  }
}

import type { Bus, Logger } from '@novacron/bus';
import {
  type Channel as ChannelSettings,
  type ChannelKind,
  DrError,
  type Estate,
  type PlaceholderTexts,
} from '@novacron/contracts';
import { type Dispatch, dutyTemplate } from '../domain/conversation/dispatch.js';
import { notificationId } from '../domain/notification-id.js';
import { estateTexts, placeholderTexts } from '../domain/placeholder-texts.js';
import { everyone, isShared } from '../channels/channel.js';
import { wordingOf } from '../domain/wording/wording.js';
import { enqueue } from '../delivery/work-queue.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { channelStyles, plainStyle, type ChannelStyle } from '../templates/channel-style.js';
import { chooseTemplate } from '../templates/choose-template.js';
import { headed, plainMessage, render, type Rendered, styled } from '../templates/render.js';
import { inGroups } from './in-groups.js';

export interface PlannerSettings {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly estate: Estate;
  readonly nowMs: () => number;
  readonly onFallback?: (template: string) => void;
}

/** What a message belongs to, for its row. */
export interface Cause {
  /** Sequence of the event. */
  readonly batch: number;
  readonly correlationId: string;
  readonly causationId: string;
}

/** Rows written at once: the bus is asked for as many answers as it can give meanwhile. */
const atOnce = 512;

/** Turns what is due into rows of the ledger and work for the channels: the row first, so that nothing planned can be forgotten. */
export class Planner {
  private readonly channels: ReadonlyMap<string, ChannelSettings>;

  constructor(private readonly settings: PlannerSettings) {
    const { channels } = settings.estate.communication;
    this.channels = new Map(channels.map((channel) => [channel.name, channel]));
  }

  /** Writes and queues the messages of a dispatch. Doing it again adds only what is missing. @throws DrError BUS_UNAVAILABLE. */
  async plan(dispatch: Dispatch, cause: Cause): Promise<void> {
    if (dispatch.supersedes !== undefined) await this.drop(dispatch);
    const rows = this.rowsOf(dispatch, cause);
    await inGroups(rows, atOnce, (row) => this.keep(row));
  }

  /** Sends the rows that waited for an approval. */
  async release(incident: string, approvalId: string): Promise<void> {
    for (const { heldFor, notificationId } of [...this.settings.ledger.ofIncident(incident)]) {
      if (heldFor !== approvalId) continue;
      const stored = await this.settings.ledger.read(notificationId);
      if (stored?.entry.heldFor !== approvalId || stored.entry.state !== 'planned') continue;
      const { heldFor: _held, ...rest } = stored.entry;
      const plannedAt = new Date(this.settings.nowMs()).toISOString();
      const released = await this.settings.ledger.change({ ...stored, entry: { ...rest, plannedAt } }, {});
      if (released !== undefined) await enqueue(this.settings.bus, released.entry);
    }
  }

  /**
   * The same message over the channel that stands in for the one that failed; undefined when there is none, or the reader is told
   * over it anyway.
   */
  async fallBack(failed: LedgerEntry): Promise<LedgerEntry | undefined> {
    const { ledger } = this.settings;
    const fallback = this.standIn(failed);
    if (fallback === undefined) return undefined;
    const recipients = isShared(fallback.kind) ? [everyone] : this.people(failed);
    let last: LedgerEntry | undefined;
    for (const recipient of recipients) {
      const id = this.idLike(failed, fallback.name, recipient);
      // Told over it anyway. What stands in already may have been written down by one who died before it was queued.
      if (ledger.known(id)?.tried.includes(failed.channel) === false) continue;
      const { plain, providerId: _provider, sendingAt: _sending, settledAt: _settled, ...rest } = failed;
      const { code: _code, problem: _problem, nextAttemptAt: _next, ...kept } = rest;
      const words = styled(plain ?? { subject: failed.subject, text: failed.text }, channelStyles[fallback.kind]);
      last = {
        ...kept,
        ...words,
        ...(plain === undefined ? {} : { plain }),
        notificationId: id,
        channel: fallback.name,
        recipient,
        state: 'planned',
        attempts: 0,
        tried: [...failed.tried, failed.channel],
        plannedAt: new Date(this.settings.nowMs()).toISOString(),
        priority: 'high',
      };
      await this.keep(last);
    }
    return last;
  }

  /** The channel that a message which did not arrive goes over; undefined where there is none, or it was tried. */
  standIn({ channel, tried }: LedgerEntry): ChannelSettings | undefined {
    const fallback = this.channels.get(this.channels.get(channel)?.fallback ?? '');
    return fallback === undefined || tried.includes(fallback.name) ? undefined : fallback;
  }

  /** A message that would be planned, to see whether its template can be written. @throws DrError INVALID_MESSAGE, NOT_FOUND. */
  try(dispatch: Pick<Dispatch, 'template' | 'audience'>, texts: PlaceholderTexts): void {
    for (const name of dispatch.audience.channels) {
      const kind = this.channels.get(name)?.kind;
      if (kind !== undefined) render(this.template(dispatch.template, name, kind, dispatch.audience.language), texts);
    }
  }

  /** Planned rows without work on a queue, put there again. */
  async requeue(entry: LedgerEntry, attempt: string): Promise<void> {
    await enqueue(this.settings.bus, entry, attempt);
  }

  private rowsOf(dispatch: Dispatch, cause: Cause): LedgerEntry[] {
    const { audience, incidentId: incident, template, number } = dispatch;
    const rows: LedgerEntry[] = [];
    const people = dispatch.contacts;
    for (const channel of dispatch.channels) {
      const kind = this.channels.get(channel)?.kind;
      if (kind === undefined || dispatch.onlyKinds?.includes(kind) === false) continue;
      const words = this.words(dispatch, channel, kind);
      const plain =
        this.channels.get(channel)?.fallback === undefined
          ? undefined
          : this.words(dispatch, channel, kind, plainStyle);
      const differs = plain !== undefined && (plain.subject !== words.subject || plain.text !== words.text);
      const suppressed = dispatch.suppressed ?? dispatch.silenced.get(channel);
      const at = new Date(this.settings.nowMs()).toISOString();
      for (const recipient of isShared(kind) ? [everyone] : people) {
        rows.push({
          notificationId: notificationId({
            incident,
            audience: audience.name,
            contact: recipient,
            channel,
            template,
            number,
          }),
          incident,
          audience: audience.name,
          recipient,
          channel,
          template,
          byHand: dispatch.byHand,
          customer: audience.customer,
          drill: dispatch.drill,
          priority: template === 'initial' || template === dutyTemplate ? 'high' : 'normal',
          batch: cause.batch,
          rank: audience.rank,
          ...words,
          ...(differs ? { plain } : {}),
          state: suppressed === undefined ? 'planned' : 'stale',
          ...(suppressed === undefined ? {} : { problem: suppressed, settledAt: at }),
          ...(dispatch.hold === undefined || suppressed !== undefined ? {} : { heldFor: dispatch.hold }),
          attempts: 0,
          tried: [],
          causedAt: dispatch.at,
          plannedAt: at,
          correlationId: cause.correlationId,
          causationId: cause.causationId,
        });
      }
    }
    // In the order of people, as each is told over all channels at once.
    return rows.toSorted((a, b) => people.indexOf(a.recipient) - people.indexOf(b.recipient));
  }

  private async keep(row: LedgerEntry): Promise<void> {
    const { bus, ledger } = this.settings;
    await ledger.plan(row);
    const stands = ledger.known(row.notificationId) ?? row;
    if (stands.state === 'planned' && stands.heldFor === undefined) await enqueue(bus, stands);
  }

  /** The text that waited is replaced before anyone released it. */
  private async drop({ incidentId, audience, supersedes }: Dispatch): Promise<void> {
    const { ledger, nowMs } = this.settings;
    for (const row of [...ledger.ofIncident(incidentId)]) {
      if (row.audience !== audience.name || row.heldFor !== supersedes || row.state !== 'planned') continue;
      const stored = await ledger.read(row.notificationId);
      if (stored?.entry.heldFor !== supersedes || stored?.entry.state !== 'planned') continue;
      const problem = 'a later text replaced it before it was approved';
      await ledger.change(stored, { state: 'stale', problem, settledAt: new Date(nowMs()).toISOString() });
    }
  }

  private words(
    dispatch: Dispatch,
    channel: string,
    kind: ChannelKind,
    style: ChannelStyle = channelStyles[kind],
  ): Rendered {
    const { heading, drill, words } = dispatch;
    const wording = wordingOf(dispatch.audience.language);
    if (words !== undefined) {
      const theirs = { subject: wording.translate(words.subject), text: wording.translate(words.text) };
      return headed(styled(theirs, style), heading, drill, style, wording);
    }
    const texts = this.texts(dispatch);
    try {
      const template = this.template(dispatch.template, channel, kind, dispatch.audience.language);
      return headed(render(template, texts, style), heading, drill, style, wording);
    } catch (error) {
      const { logger, onFallback } = this.settings;
      const { template } = dispatch;
      logger.error('template cannot be rendered, plain words are sent', {
        template,
        reason: DrError.from(error).message,
      });
      onFallback?.(template);
      return headed(
        plainMessage(`${template} notice: ${texts.SERVICES ?? ''}`, texts, style),
        heading,
        drill,
        style,
        wording,
      );
    }
  }

  private texts({ incident, audience, values, ...facts }: Dispatch): PlaceholderTexts {
    const { estate } = this.settings;
    const known =
      incident === undefined ? estateTexts(audience, estate) : placeholderTexts(incident, facts, audience, estate);
    return { ...known, ...(values as PlaceholderTexts | undefined) };
  }

  private template(name: string, channel: string, kind: ChannelKind, language: string | undefined) {
    const { templates } = this.settings.estate.communication;
    return chooseTemplate(templates, { name, channel, kind, ...(language === undefined ? {} : { language }) });
  }

  private people(failed: LedgerEntry): readonly string[] {
    if (failed.recipient !== everyone) return [failed.recipient];
    return this.settings.estate.communication.audiences.find((one) => one.name === failed.audience)?.contacts ?? [];
  }

  private idLike(row: LedgerEntry, channel: string, contact: string): string {
    const { incident, audience, template } = row;
    // What distinguishes this message from others of its template is the end of the first id, whatever channel it was for.
    const number = numberIn(row);
    return notificationId({ incident, audience, contact, channel, template, number });
  }
}

function numberIn({ notificationId, template }: LedgerEntry): string {
  const at = notificationId.lastIndexOf(`_${template}-`);
  return at < 0 ? notificationId.slice(-24) : notificationId.slice(at + template.length + 2);
}

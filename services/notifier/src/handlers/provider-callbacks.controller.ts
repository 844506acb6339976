import { Controller, Headers, HttpCode, Param, Post, Query, type RawBodyRequest, Req, Res } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import {
  type Channel as ChannelSettings,
  type ChannelKind,
  DrError,
  NotificationAcknowledged,
} from '@novacron/contracts';
import { JsonLogger, LoadedEstate, Secrets } from '@novacron/service';
import { isFromPagerDuty } from '../channels/pagerduty/pagerduty-signature.js';
import { acknowledgementIn } from '../channels/pagerduty/pagerduty-webhook.js';
import { isFromSlack } from '../channels/slack/slack-signature.js';
import { acknowledgeKey, spokenAnswer } from '../channels/twilio/spoken-message.js';
import { isFromTwilio } from '../channels/twilio/twilio-signature.js';
import { verdictOf } from '../channels/twilio/twilio-status.js';
import { Clock } from '../clock.js';
import { applyCallback } from '../delivery/apply-callback.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { Notifier } from '../notifier.js';

/** The parts of the HTTP library's request and answer that are used here. */
interface Request {
  readonly originalUrl: string;
  readonly rawBody?: Buffer;
}
interface Answer {
  status(code: number): Answer;
  type(contentType: string): Answer;
  send(body: string): void;
}

/**
 * What providers tell us: signed by them, or it is nothing. An acknowledgement is stored before the answer, and answered at once; one
 * that could not be stored is answered 503, so that the provider says it again. All of it may come late, twice and out of order.
 */
@Controller('hooks')
export class ProviderCallbacks {
  constructor(
    private readonly notifier: Notifier,
    private readonly loaded: LoadedEstate,
    private readonly secrets: Secrets,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly logger: JsonLogger,
  ) {}

  @Post('pagerduty/:channel')
  @HttpCode(202)
  async pagerDuty(
    @Param('channel') name: string,
    @Headers('x-pagerduty-signature') signature: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const body = request.rawBody?.toString('utf8') ?? '';
    const secret = await this.secretOf(name, ['pagerduty'], 'signingSecret');
    if (secret === undefined || !isFromPagerDuty(secret, signature ?? '', body)) {
      this.refuse(answer, name);
      return;
    }
    const acknowledged = acknowledgementIn(parsed(body));
    if (acknowledged !== undefined) {
      const { incident, audience, by, at, id } = acknowledged;
      const row = this.rowOf(incident, audience, name);
      await this.acknowledged({ incident, audience, by, at, channel: name, row, id: `pagerduty:${id}` }, answer);
      return;
    }
    answer.status(202).send('');
  }

  @Post('slack/:channel')
  async slack(
    @Param('channel') name: string,
    @Headers('x-slack-signature') signature: string | undefined,
    @Headers('x-slack-request-timestamp') timestamp: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const body = request.rawBody?.toString('utf8') ?? '';
    const secret = await this.secretOf(name, ['slack'], 'signingSecret');
    const headers = { signature: signature ?? '', timestamp: timestamp ?? '' };
    if (secret === undefined || !isFromSlack(secret, headers, body, Date.now())) {
      this.refuse(answer, name);
      return;
    }
    const payload = parsed(new URLSearchParams(body).get('payload') ?? '') as {
      readonly user?: { readonly name?: unknown; readonly username?: unknown };
      readonly actions?: readonly {
        readonly action_id?: unknown;
        readonly value?: unknown;
        readonly action_ts?: unknown;
      }[];
    };
    const action = payload.actions?.find((one) => one.action_id === 'acknowledge');
    const row = typeof action?.value === 'string' ? this.notifier.parts.ledger.known(action.value) : undefined;
    if (action === undefined || row === undefined) {
      answer.status(200).send('');
      return;
    }
    const by = [payload.user?.name, payload.user?.username].find((one) => typeof one === 'string') ?? 'slack';
    const { incident, audience, notificationId } = row;
    const id = `slack:${notificationId}:${String(action.action_ts)}`;
    await this.acknowledged({ incident, audience, by, at: this.now(), channel: name, row, id }, answer, 200);
  }

  @Post('twilio/:channel/status')
  async twilioStatus(
    @Param('channel') name: string,
    @Query('n') notificationId: string | undefined,
    @Headers('x-twilio-signature') signature: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const form = await this.twilioForm(name, signature, request);
    if (form === undefined) {
      this.refuse(answer, name);
      return;
    }
    const verdict = verdictOf(form);
    const { ledger } = this.notifier.parts;
    const changed =
      verdict === undefined || notificationId === undefined
        ? undefined
        : await applyCallback(ledger, notificationId, verdict, this.clock.nowMs());
    if (changed?.state === 'failed') await this.notifier.settled(changed);
    answer.status(204).send('');
  }

  @Post('twilio/:channel/keypress')
  async twilioKeypress(
    @Param('channel') name: string,
    @Query('n') notificationId: string | undefined,
    @Headers('x-twilio-signature') signature: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const form = await this.twilioForm(name, signature, request);
    const row = notificationId === undefined ? undefined : this.notifier.parts.ledger.known(notificationId);
    if (form === undefined || row === undefined) {
      this.refuse(answer, name);
      return;
    }
    if (form['Digits'] !== acknowledgeKey) {
      answer.status(200).type('text/xml').send(spokenAnswer('That does not acknowledge. Goodbye.'));
      return;
    }
    const { incident, audience, recipient } = row;
    const id = `twilio:${row.notificationId}:${form['CallSid'] ?? ''}`;
    await this.store({ incident, audience, by: recipient, at: this.now(), channel: name, row, id });
    answer.status(200).type('text/xml').send(spokenAnswer('Acknowledged. Thank you.'));
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }

  private async acknowledged(acknowledgement: Acknowledgement, answer: Answer, status = 202): Promise<void> {
    await this.store(acknowledgement);
    answer.status(status).send('');
  }

  private async store({ incident, audience, by, at, channel, row, id }: Acknowledgement): Promise<void> {
    const notificationId = row?.notificationId ?? `${incident}_${audience}_all_${channel}`.slice(0, 128);
    const recipient = row?.recipient ?? 'all';
    const about = { notificationId, incident, audience, channel, recipient };
    const message = new NotificationAcknowledged({ ...about, by: by.slice(0, 200) || recipient, at });
    // A provider waits five seconds and then says it again.
    await this.bus.publish(message, { id, correlationId: incident, time: at, timeoutMs: 4_000 });
  }

  private rowOf(incident: string, audience: string, channel: string): LedgerEntry | undefined {
    return [...this.notifier.parts.ledger.ofIncident(incident)].findLast(
      (row) => row.audience === audience && row.channel === channel,
    );
  }

  private async twilioForm(
    name: string,
    signature: string | undefined,
    request: RawBodyRequest<Request>,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const token = await this.secretOf(name, ['phone', 'sms'], 'token');
    const callbackUrl = this.settings(name)?.callbackUrl;
    if (token === undefined || callbackUrl === undefined) return undefined;
    const form = Object.fromEntries(new URLSearchParams(request.rawBody?.toString('utf8') ?? ''));
    const url = `${callbackUrl.replace(/\/$/u, '')}${request.originalUrl}`;
    return isFromTwilio(token, url, form, signature ?? '') ? form : undefined;
  }

  private settings(name: string): ChannelSettings | undefined {
    return this.loaded.estate.communication.channels.find((channel) => channel.name === name);
  }

  private async secretOf(
    name: string,
    kinds: readonly ChannelKind[],
    field: 'signingSecret' | 'token',
  ): Promise<string | undefined> {
    const settings = this.settings(name);
    const reference = settings === undefined || !kinds.includes(settings.kind) ? undefined : settings[field];
    if (reference === undefined) return undefined;
    try {
      return await this.secrets.read(reference);
    } catch (error) {
      this.logger.error('a callback cannot be checked', { channel: name, reason: DrError.from(error).message });
      return undefined;
    }
  }

  private refuse(answer: Answer, channel: string): void {
    this.logger.warn('a callback without a valid signature was refused', { channel: channel.slice(0, 128) });
    answer.status(403).send('');
  }
}

interface Acknowledgement {
  readonly incident: string;
  readonly audience: string;
  readonly by: string;
  readonly at: string;
  readonly channel: string;
  readonly row: LedgerEntry | undefined;
  /** The provider's own name of it: said twice, it is one. */
  readonly id: string;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

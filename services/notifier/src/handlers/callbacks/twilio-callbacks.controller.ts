import { Controller, Headers, Param, Post, Query, type RawBodyRequest, Req, Res } from '@nestjs/common';
import { acknowledgeKey, spokenAnswer } from '../../channels/twilio/spoken-message.js';
import { isFromTwilio } from '../../channels/twilio/twilio-signature.js';
import { verdictOf } from '../../channels/twilio/twilio-status.js';
import { Clock } from '../../clock.js';
import { applyCallback } from '../../delivery/apply-callback.js';
import { Notifier } from '../../notifier.js';
import { Acknowledgements } from './acknowledgements.js';
import { CallbackSecrets } from './callback-secrets.js';
import { type Answer, bodyOf, type Request } from './http.js';

/** How calls and text messages fare, and the key that was pressed. */
@Controller('hooks')
export class TwilioCallbacks {
  constructor(
    private readonly notifier: Notifier,
    private readonly secrets: CallbackSecrets,
    private readonly acknowledgements: Acknowledgements,
    private readonly clock: Clock,
  ) {}

  @Post('twilio/:channel/status')
  async status(
    @Param('channel') channel: string,
    @Query('n') notificationId: string | undefined,
    @Headers('x-twilio-signature') signature: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const form = await this.signed(channel, signature, request);
    if (form === undefined) {
      this.secrets.refuse(answer, channel);
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
  async keypress(
    @Param('channel') channel: string,
    @Query('n') notificationId: string | undefined,
    @Headers('x-twilio-signature') signature: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const form = await this.signed(channel, signature, request);
    const row = notificationId === undefined ? undefined : this.notifier.parts.ledger.known(notificationId);
    if (form === undefined || row === undefined) {
      this.secrets.refuse(answer, channel);
      return;
    }
    if (form['Digits'] !== acknowledgeKey) {
      answer.status(200).type('text/xml').send(spokenAnswer('That does not acknowledge. Goodbye.'));
      return;
    }
    const { incident, audience, recipient } = row;
    const id = `twilio:${row.notificationId}:${form['CallSid'] ?? ''}`;
    await this.acknowledgements.store({ incident, audience, by: recipient, channel, row, id });
    answer.status(200).type('text/xml').send(spokenAnswer('Acknowledged. Thank you.'));
  }

  /** The form, if Twilio signed it for the address under which it knows us. */
  private async signed(
    channel: string,
    signature: string | undefined,
    request: RawBodyRequest<Request>,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const token = await this.secrets.of(channel, ['phone', 'sms'], 'token');
    const callbackUrl = this.secrets.settings(channel)?.callbackUrl;
    if (token === undefined || callbackUrl === undefined) return undefined;
    const form = Object.fromEntries(new URLSearchParams(bodyOf(request)));
    const url = `${callbackUrl.replace(/\/$/u, '')}${request.originalUrl}`;
    return isFromTwilio(token, url, form, signature ?? '') ? form : undefined;
  }
}

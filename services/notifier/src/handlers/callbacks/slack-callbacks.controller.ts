import { Controller, Headers, Param, Post, type RawBodyRequest, Req, Res } from '@nestjs/common';
import { acknowledgementIn } from '../../channels/slack/slack-interaction.js';
import { isFromSlack } from '../../channels/slack/slack-signature.js';
import { Notifier } from '../../notifier.js';
import { Acknowledgements } from './acknowledgements.js';
import { CallbackSecrets } from './callback-secrets.js';
import { type Answer, bodyOf, parsed, type Request } from './http.js';

/** The button under a message in Slack. */
@Controller('hooks')
export class SlackCallbacks {
  constructor(
    private readonly notifier: Notifier,
    private readonly secrets: CallbackSecrets,
    private readonly acknowledgements: Acknowledgements,
  ) {}

  @Post('slack/:channel')
  async slack(
    @Param('channel') channel: string,
    @Headers('x-slack-signature') signature: string | undefined,
    @Headers('x-slack-request-timestamp') timestamp: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const body = bodyOf(request);
    const secret = await this.secrets.of(channel, ['slack'], 'signingSecret');
    const headers = { signature: signature ?? '', timestamp: timestamp ?? '' };
    // Slack signs by the world's clock.
    if (secret === undefined || !isFromSlack(secret, headers, body, Date.now())) {
      this.secrets.refuse(answer, channel);
      return;
    }
    const pressed = acknowledgementIn(parsed(new URLSearchParams(body).get('payload') ?? ''));
    const row = pressed === undefined ? undefined : this.notifier.parts.ledger.known(pressed.notificationId);
    if (pressed !== undefined && row !== undefined) {
      const { incident, audience, notificationId } = row;
      const id = `slack:${notificationId}:${pressed.actionTs}`;
      await this.acknowledgements.store({ incident, audience, by: pressed.by, channel, row, id });
    }
    answer.status(200).send('');
  }
}

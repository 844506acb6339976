import { Controller, Headers, HttpCode, Param, Post, type RawBodyRequest, Req, Res } from '@nestjs/common';
import { isFromPagerDuty } from '../../channels/pagerduty/pagerduty-signature.js';
import { pagerDutyNews } from '../../channels/pagerduty/pagerduty-webhook.js';
import { Acknowledgements } from './acknowledgements.js';
import { CallbackSecrets } from './callback-secrets.js';
import { type Answer, bodyOf, parsed, type Request } from './http.js';

/**
 * What people do at PagerDuty. It is stored before the answer, and answered at once; what could not be stored is answered 503, so that
 * PagerDuty says it again. All of it may come late, twice and out of order.
 */
@Controller('hooks')
export class PagerDutyCallbacks {
  constructor(
    private readonly secrets: CallbackSecrets,
    private readonly acknowledgements: Acknowledgements,
  ) {}

  @Post('pagerduty/:channel')
  @HttpCode(202)
  async pagerDuty(
    @Param('channel') channel: string,
    @Headers('x-pagerduty-signature') signature: string | undefined,
    @Req() request: RawBodyRequest<Request>,
    @Res() answer: Answer,
  ): Promise<void> {
    const body = bodyOf(request);
    const secret = await this.secrets.of(channel, ['pagerduty'], 'signingSecret');
    if (secret === undefined || !isFromPagerDuty(secret, signature ?? '', body)) {
      this.secrets.refuse(answer, channel);
      return;
    }
    const news = pagerDutyNews(parsed(body));
    if (news !== undefined) {
      const { what, incident, audience, by, at } = news;
      const id = `pagerduty:${news.id}`;
      if (what === 'withdrawn') {
        await this.acknowledgements.withdraw({ incident, audience, id });
      } else {
        const row = this.acknowledgements.rowOf(incident, audience, channel);
        await this.acknowledgements.store({ incident, audience, by, at, channel, id, ...(row && { row }) });
      }
    }
    answer.status(202).send('');
  }
}

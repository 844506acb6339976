import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { DrError } from '@novacron/contracts';
import { Notifier } from '../notifier.js';
import { confirmButton, messagePage } from '../status-page/pages/message-page.js';
import { headerPolicy } from '../status-page/pages/security.js';
import type { PageContext } from '../status-page/pages/page-context.js';
import type { PhraseKey } from '../status-page/languages/phrases.js';
import type { Markup } from '../status-page/pages/markup.js';
import type { Subscriptions } from '../status-page/subscriptions/subscriptions.js';

/** The parts of the HTTP library's request and answer that are used here. */
interface Request {
  readonly body?: Readonly<Record<string, unknown>>;
}
interface Answer {
  status(code: number): Answer;
  set(headers: Readonly<Record<string, string>>): Answer;
  send(body: string): void;
}

type Said = 'sent' | 'invalid' | 'unavailable' | 'confirm' | 'done' | 'end' | 'ended' | 'link';

/**
 * What subscribers send and open. A link alone changes nothing, as programs that look into mail open it: its page has a button. A
 * mail program's own button posts to the same address (RFC 8058).
 */
@Controller('subscriptions')
export class SubscriptionsController {
  constructor(private readonly notifier: Notifier) {}

  @Post()
  async ask(@Req() { body = {} }: Request, @Res() answer: Answer): Promise<void> {
    const [email, language] = [text(body['email']), text(body['language'])];
    await this.run(answer, language, async (subscriptions) => {
      // A field that people do not see was filled in: by a program. It is told the same.
      if (text(body['website']) !== '') return 'sent';
      const known = new Set(this.context('').components.keys());
      const chosen = [body['component']]
        .flat()
        .map(text)
        .filter((id) => known.has(id));
      try {
        await subscriptions.ask(email, chosen, language);
        return 'sent';
      } catch (error) {
        if (DrError.from(error).code === 'INVALID_MESSAGE') return 'invalid';
        throw error;
      }
    });
  }

  @Get('confirm/:token')
  async confirmPage(@Param('token') token: string, @Res() answer: Answer): Promise<void> {
    await this.run(answer, '', (subscriptions) => (subscriptions.confirmable(token) ? 'confirm' : 'link'));
  }

  @Post('confirm/:token')
  async confirm(@Param('token') token: string, @Res() answer: Answer): Promise<void> {
    await this.run(answer, '', async (subscriptions) => ((await subscriptions.confirm(token)) ? 'done' : 'link'));
  }

  @Get('end/:token')
  async endPage(@Param('token') token: string, @Res() answer: Answer): Promise<void> {
    await this.run(answer, '', (subscriptions) => (subscriptions.endable(token) ? 'end' : 'link'));
  }

  @Post('end/:token')
  async end(@Param('token') token: string, @Res() answer: Answer): Promise<void> {
    await this.run(answer, '', async (subscriptions) => ((await subscriptions.end(token)) ? 'ended' : 'link'));
  }

  private async run(
    answer: Answer,
    language: string,
    work: (subscriptions: Subscriptions) => Said | Promise<Said>,
  ): Promise<void> {
    const { subscriptions } = this.notifier.parts.page;
    const context = this.context(language);
    if (subscriptions === undefined) {
      this.show(answer, 404, context, 'not-found', 'not-found.text');
      return;
    }
    let said: Said;
    try {
      said = await work(subscriptions);
    } catch {
      said = 'unavailable';
    }
    const status = { invalid: 400, link: 404, unavailable: 503 } as const satisfies Partial<Record<Said, number>>;
    const button =
      said === 'confirm' || said === 'end'
        ? confirmButton(context.language.say(`subscribe.${said}-button`))
        : undefined;
    this.show(
      answer,
      said in status ? status[said as keyof typeof status] : 200,
      context,
      `subscribe.${said}-title`,
      `subscribe.${said}`,
      button,
    );
  }

  private show(
    answer: Answer,
    status: number,
    context: PageContext,
    title: PhraseKey,
    text: PhraseKey,
    more?: Markup,
  ): void {
    const { language } = context;
    answer
      .status(status)
      .set({
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': headerPolicy("'self'"),
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
        'X-Robots-Tag': 'noindex',
      })
      .send(messagePage('subscription.html', language.say(title), language.say(text), context, more));
  }

  private context(language: string): PageContext {
    return this.notifier.parts.page.context(language);
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

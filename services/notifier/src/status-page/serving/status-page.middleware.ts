import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { Notifier } from '../../notifier.js';
import { headerPolicy } from '../pages/security.js';
import { answerFrom } from './answer.js';

/** What the notifier answers besides its page. */
const others = /^\/(?:health\/|hooks\/|metrics(?:$|\?)|subscriptions(?:$|\/|\?))/u;

/** The status page at `/`, from the files that were made last: each is the one that the places get, too. */
@Injectable()
export class StatusPageMiddleware implements NestMiddleware {
  constructor(private readonly notifier: Notifier) {}

  use(request: IncomingMessage & { readonly originalUrl?: string }, response: ServerResponse, next: () => void): void {
    const url = request.originalUrl ?? request.url ?? '/';
    if (others.test(url)) {
      next();
      return;
    }
    const { page } = this.notifier.parts;
    const answer = answerFrom(
      page.current.site,
      { method: request.method ?? 'GET', url, headers: request.headers },
      headerPolicy(page.formTarget),
    );
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

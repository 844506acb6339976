import { Controller, Get, Header, Res } from '@nestjs/common';
import { Notifier } from '../notifier.js';
import { contentSecurityPolicy } from './status-html.js';

/** What a cache may do: hand out a page of the last half minute, and an old one rather than none. */
const cacheControl = 'public, max-age=30, stale-if-error=86400';

/** The part of the HTTP library's answer that is used here. */
interface Answer {
  type(contentType: string): Answer;
  send(body: string): void;
}

/** The status page at `/` and its JSON, as they were rendered last. */
@Controller()
export class StatusPageController {
  constructor(private readonly notifier: Notifier) {}

  @Get()
  @Header('Cache-Control', cacheControl)
  @Header('Content-Security-Policy', contentSecurityPolicy)
  @Header('X-Content-Type-Options', 'nosniff')
  page(@Res() answer: Answer): void {
    answer.type('text/html; charset=utf-8').send(this.file('index.html'));
  }

  @Get('api/v2/status.json')
  @Header('Cache-Control', cacheControl)
  @Header('Access-Control-Allow-Origin', '*')
  status(@Res() answer: Answer): void {
    answer.type('application/json').send(this.file('api/v2/status.json'));
  }

  @Get('api/v2/summary.json')
  @Header('Cache-Control', cacheControl)
  @Header('Access-Control-Allow-Origin', '*')
  summary(@Res() answer: Answer): void {
    answer.type('application/json').send(this.file('api/v2/summary.json'));
  }

  private file(name: string): string {
    return this.notifier.parts.page.current.files[name] ?? '';
  }
}

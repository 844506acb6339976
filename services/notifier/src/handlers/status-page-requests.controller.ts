import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { AnnounceMaintenance, Done, PostStatus, QueryStatusPage, Report } from '@novacron/contracts';
import { Notifier } from '../notifier.js';

/** What people say on the status page by hand, and what it says now. */
@Controller()
export class StatusPageRequests {
  constructor(private readonly notifier: Notifier) {}

  @MessagePattern(PostStatus)
  async post(@Payload() request: PostStatus): Promise<Done> {
    await this.notifier.parts.page.byHand.post(request);
    return new Done({ status: 'done', message: `posted to incident ${request.incident}` });
  }

  @MessagePattern(AnnounceMaintenance)
  async announce(@Payload() request: AnnounceMaintenance): Promise<Done> {
    await this.notifier.parts.page.byHand.announce(request);
    return new Done({
      status: 'done',
      message: `maintenance ${request.id} ${request.cancelled === true ? 'cancelled' : 'announced'}`,
    });
  }

  /** The summary as programs read it, and how each place is doing. */
  @MessagePattern(QueryStatusPage)
  statusPage(): Report {
    const { current, places } = this.notifier.parts.page;
    const summary: unknown = JSON.parse(current.site.get('api/v2/summary.json')?.body.toString() ?? '{}');
    return new Report({ at: current.facts.generatedAt, report: { ...(summary as object), places } });
  }
}

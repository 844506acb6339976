import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Delivered, HealthDegraded, SiteLost } from '@novacron/contracts';
import { Assessment } from '../assessment/assessment.js';

/** News of a site's health, each answered with a verdict. */
@Controller()
export class HealthEventsController {
  constructor(private readonly assessment: Assessment) {}

  @EventPattern(SiteLost)
  async onSiteLost(event: Delivered<SiteLost>): Promise<void> {
    await this.assessment.onHealth(event);
  }

  @EventPattern(HealthDegraded)
  async onHealthDegraded(event: Delivered<HealthDegraded>): Promise<void> {
    await this.assessment.onHealth(event);
  }
}

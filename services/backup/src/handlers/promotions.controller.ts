import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Delivered, FailoverCompleted, RestorationCompleted } from '@novacron/contracts';
import { FullAfterPromotion } from '../full-after-promotion.js';

/** News of another site being active. */
@Controller()
export class PromotionsController {
  constructor(private readonly fullBackups: FullAfterPromotion) {}

  @EventPattern(FailoverCompleted)
  async onFailoverCompleted(event: Delivered<FailoverCompleted>): Promise<void> {
    await this.fullBackups.onPromotion(event);
  }

  @EventPattern(RestorationCompleted)
  async onRestorationCompleted(event: Delivered<RestorationCompleted>): Promise<void> {
    await this.fullBackups.onPromotion(event);
  }
}

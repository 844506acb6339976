import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Delivered, RecoveryCompleted } from '@novacron/contracts';
import { ProvedRestores } from '../proved-restores.js';

/** News of what was restored. */
@Controller()
export class RecoveriesController {
  constructor(private readonly restores: ProvedRestores) {}

  @EventPattern(RecoveryCompleted)
  async onRecoveryCompleted(event: Delivered<RecoveryCompleted>): Promise<void> {
    await this.restores.onRecovery(event);
  }
}

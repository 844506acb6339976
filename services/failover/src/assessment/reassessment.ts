import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus } from '@novacron/bus';
import { JsonLogger } from '@novacron/service';
import { HeldTurns } from '../held-turns.js';
import { Pauses } from '../pauses.js';
import { Assessment } from './assessment.js';

const lookEveryMs = 1_000;

/** Looks again at what troubles the active site, as long as it does, and at the pause; one instance of the service at a time. */
@Injectable()
export class Reassessment implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: HeldTurns;

  constructor(bus: Bus, assessment: Assessment, pauses: Pauses, logger: JsonLogger) {
    this.work = new HeldTurns({
      ...{ bus, logger, name: 'failover.reassessment', everyMs: lookEveryMs },
      holder: `failover-${process.pid}-${randomBytes(3).toString('hex')}`,
      turn: async () => {
        const againAtMs = await assessment.lookAgain();
        await pauses.look();
        return againAtMs;
      },
    });
  }

  onApplicationBootstrap(): void {
    this.work.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.work.stop();
  }
}

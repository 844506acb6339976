import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { JsonLogger } from '@novacron/service';
import { epochMemories } from './adapters/epoch-memories.js';
import { FailoverTargets } from './adapters/failover-targets.js';
import { firstEpoch } from './domain/first-epoch.js';

const lookEveryMs = 500;

/**
 * Records epoch 1 for an estate that has none: the one site whose databases all take writes. As long as that is not
 * exactly one, no epoch is recorded and nothing is ever moved. Where a database remembers an epoch the bus has lost its record: the
 * next one is recorded only when every server has answered, and for the site that has the newest.
 */
@Injectable()
export class FirstEpoch implements OnApplicationBootstrap {
  constructor(
    private readonly epochs: Epochs,
    private readonly targets: FailoverTargets,
    private readonly logger: JsonLogger,
  ) {}

  onApplicationBootstrap(): void {
    void this.recordWhenClear();
  }

  private async recordWhenClear(): Promise<void> {
    let said = '';
    const warnOnce = (message: string, fields: Readonly<Record<string, unknown>>): void => {
      if (said !== message) this.logger.warn(message, fields);
      said = message;
    };
    for (;;) {
      try {
        if ((await this.epochs.current()) !== undefined) return;
        const first = firstEpoch(await epochMemories(this.targets));
        if ('site' in first) {
          const { site, above } = first;
          const { epoch } = await this.epochs.advance(0, { site, operationId: 'first-epoch', above });
          this.logger.info('first epoch recorded', { site, epoch });
          return;
        }
        warnOnce('no first epoch', { because: first.because });
      } catch (error) {
        warnOnce('no first epoch yet', { error });
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs).unref());
    }
  }
}

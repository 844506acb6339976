import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { JsonLogger } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';

const lookEveryMs = 500;

/**
 * Records epoch 1 for an estate that has none: the one site whose databases all take writes. As long as that is not
 * exactly one, no epoch is recorded and nothing is ever moved.
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
        const sites = await this.writableSites();
        const [site] = sites;
        if (site !== undefined && sites.length === 1) {
          const { epoch } = await this.epochs.advance(0, { site, operationId: 'first-epoch' });
          this.logger.info('first epoch recorded', { site, epoch });
          return;
        }
        warnOnce('no first epoch: not exactly one site takes writes', { sites });
      } catch (error) {
        warnOnce('no first epoch yet', { error });
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs).unref());
    }
  }

  private async writableSites(): Promise<string[]> {
    const perDatabase = await Promise.all(
      this.targets.databases.map(async ({ members }) => {
        const asked = [...members.values()].map(async (member) => {
          const status = await member.status({ timeoutMs: 2_000 }).catch(() => undefined);
          return status?.inRecovery === false ? [member.name] : [];
        });
        return new Set((await Promise.all(asked)).flat());
      }),
    );
    const [first, ...others] = perDatabase;
    const anywhere = new Set(perDatabase.flatMap((sites) => [...sites]));
    const everywhere = [...(first ?? [])].filter((site) => others.every((sites) => sites.has(site)));
    return anywhere.size === everywhere.length ? everywhere : [...anywhere];
  }
}

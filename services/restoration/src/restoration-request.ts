import { Injectable } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { DrError } from '@novacron/contracts';
import { RestorationTargets } from './adapters/restoration-targets.js';
import type { RestorationParams } from './steps/home/restoration-params.js';

/** A wish to bring service home, turned into an operation's parameters, or refused. */
@Injectable()
export class RestorationRequest {
  constructor(
    private readonly epochs: Epochs,
    private readonly targets: RestorationTargets,
  ) {}

  /** @throws DrError NOT_FOUND for an unknown site, CONFLICT when service is there already or nobody knows where it is. */
  async paramsFor({ to, reason }: { readonly to?: string; readonly reason: string }): Promise<RestorationParams> {
    const home = to ?? this.targets.homeSite;
    const sites = this.targets.estate.sites.map(({ name }) => name);
    if (home === undefined || !sites.includes(home)) {
      throw new DrError('NOT_FOUND', `the estate has no site ${home ?? ''}`, {
        hint: `the sites are ${sites.join(', ')}`,
      });
    }
    const epoch = await this.epochs.current();
    if (epoch === undefined) {
      throw new DrError('CONFLICT', 'no epoch is recorded yet: it is not known where service is', {
        hint: 'look at query.failover.status',
      });
    }
    if (epoch.site === home) {
      throw new DrError('CONFLICT', `service is on ${home} already, in epoch ${epoch.epoch}`, {
        hint: 'name another site with to, or start a planned failover',
      });
    }
    const lacking = this.targets.databases.filter(({ members }) => !members.has(home) || !members.has(epoch.site));
    if (lacking.length > 0) {
      const names = lacking.map(({ settings }) => settings.name).join(', ');
      throw new DrError('CONFLICT', `${home} or ${epoch.site} has no member of ${names}`);
    }
    return { from: epoch.site, to: home, reason, epoch: epoch.epoch };
  }
}

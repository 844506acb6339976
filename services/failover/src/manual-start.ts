import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { DrError, type FailoverMode } from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { operationId } from './domain/operation-id.js';
import { runbookOf } from './runbooks.js';
import type { FailoverParams } from './steps/failover-params.js';

/** What a person asks for, turned into an operation's parameters, or refused with what is possible instead. */
@Injectable()
export class ManualStart {
  constructor(
    private readonly epochs: Epochs,
    private readonly targets: FailoverTargets,
    private readonly loaded: LoadedEstate,
  ) {}

  newId(mode: FailoverMode): string {
    return operationId(runbookOf[mode], new Date(), randomUUID());
  }

  /** @throws DrError NOT_FOUND for an unknown site, CONFLICT for one that is active already or is not to be promoted. */
  async paramsFor(request: {
    readonly to?: string;
    readonly mode: FailoverMode;
    readonly reason: string;
    readonly allowDataLoss?: boolean;
  }): Promise<FailoverParams> {
    const epoch = await this.epochs.current();
    if (epoch === undefined) {
      throw new DrError('CONFLICT', 'no epoch is recorded yet: it is not known which site is the primary', {
        hint: 'bring up exactly one writable site and ask again',
      });
    }
    const to = request.to ?? (request.mode === 'planned' ? this.nextAfter(epoch.site) : undefined);
    if (to !== undefined) this.assertPossible(to, epoch.site);
    return {
      mode: request.mode,
      from: epoch.site,
      ...(to === undefined ? {} : { to }),
      reason: request.reason,
      allowDataLoss: request.allowDataLoss ?? false,
      fenceRequired: this.loaded.estate.failover.fenceRequired,
      epoch: epoch.epoch,
      epochRevision: epoch.revision,
      decidedAt: new Date().toISOString(),
    };
  }

  private assertPossible(to: string, active: string): void {
    const possible = this.promotableSites().filter((site) => site !== active);
    const hint = `possible now: ${possible.join(', ') || 'none'}`;
    if (!this.loaded.estate.sites.some((site) => site.name === to))
      throw new DrError('NOT_FOUND', `the estate has no site ${to}`, { hint });
    if (to === active) throw new DrError('CONFLICT', `${to} is the active site already`, { hint });
    if (!possible.includes(to))
      throw new DrError('CONFLICT', `${to} cannot be promoted: it has no member of every database that may be`, {
        hint,
      });
  }

  private promotableSites(): string[] {
    const sites = this.loaded.estate.sites.map((site) => site.name);
    return sites.filter((site) =>
      this.targets.databases.every(({ settings }) =>
        settings.members.some((member) => member.site === site && (member.promotable ?? true)),
      ),
    );
  }

  private nextAfter(active: string): string | undefined {
    const promotable = this.promotableSites();
    return this.loaded.estate.failover.order.find((site) => site !== active && promotable.includes(site));
  }
}

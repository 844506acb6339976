import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Epoch, Epochs } from '@novacron/bus';
import { DrError, type FailoverMode } from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { LossEstimates } from './adapters/loss-estimates.js';
import { ReplicationMemory } from './adapters/replication-memory.js';
import { runbookOf } from './domain/move-runbooks.js';
import { operationId } from './domain/operation-id.js';
import { lineagesOf } from './domain/replication/lineage.js';
import { lossWords } from './domain/verdict/permission.js';
import type { FailoverParams } from './steps/failover-params.js';

export interface ManualRequest {
  readonly to?: string;
  readonly mode: FailoverMode;
  readonly reason: string;
  readonly allowDataLoss?: boolean;
  readonly by?: string;
}

/** What a person asks for, turned into an operation's parameters, or refused with what is possible instead. */
@Injectable()
export class ManualStart {
  constructor(
    private readonly epochs: Epochs,
    private readonly targets: FailoverTargets,
    private readonly loaded: LoadedEstate,
    private readonly memory: ReplicationMemory,
    private readonly losses: LossEstimates,
  ) {}

  newId(mode: FailoverMode): string {
    return operationId(runbookOf[mode], new Date(), randomUUID());
  }

  /**
   * @throws DrError NOT_FOUND for an unknown site, CONFLICT for one that is active already or is not to be promoted.
   */
  async paramsFor(request: ManualRequest): Promise<FailoverParams> {
    const epoch = await this.epochs.current();
    if (epoch === undefined) {
      throw new DrError('CONFLICT', 'no epoch is recorded yet: it is not known which site is the primary', {
        hint: 'bring up exactly one writable site and ask again',
      });
    }
    const to = request.to ?? (request.mode === 'planned' ? this.nextAfter(epoch.site) : undefined);
    if (to !== undefined) this.assertPossible(to, epoch.site);
    const params: FailoverParams = {
      ...{ mode: request.mode, estateHash: this.loaded.hash, from: epoch.site, reason: request.reason },
      allowDataLoss: request.allowDataLoss ?? false,
      fenceRequired: this.loaded.estate.failover.fenceRequired,
      ...{ epoch: epoch.epoch, epochRevision: epoch.revision, decidedAt: new Date().toISOString() },
      ...(to === undefined ? {} : { to }),
      ...(request.by === undefined ? {} : { by: request.by }),
    };
    return request.mode === 'planned' ? this.agreedTo(params, 'nothing is lost') : this.unplanned(params, epoch);
  }

  /** Before a move is begun; a plan may be asked for by anybody. @throws DrError INVALID_MESSAGE where policy asks for two persons and the first one has no name. */
  assertSaysWho({ by }: ManualRequest): void {
    if ((this.loaded.estate.failover.approvals ?? 1) < 2 || by !== undefined) return;
    throw new DrError('INVALID_MESSAGE', 'policy asks for more than one person: say who asks', {
      hint: 'add "by" with your name; another person then approves',
      details: [{ path: 'by', problem: 'is missing' }],
    });
  }

  /** A move that may lose something: what it would lose is looked up. */
  private async unplanned(params: FailoverParams, epoch: Epoch): Promise<FailoverParams> {
    const loss = await this.losses.of(params.to, epoch);
    const records = await Promise.all(
      this.targets.databases.map(async ({ settings: { name } }) => ({ name, seen: await this.memory.of(name, epoch) })),
    );
    const known = records.flatMap(({ name, seen }) => (seen === undefined ? [] : [{ name, seen }]));
    // Nobody looked in this epoch: then nothing is known of whom commits waited for, and nothing is promised of it.
    const synchronousStandbys = Object.fromEntries(records.map(({ name, seen }) => [name, seen?.synchronous ?? []]));
    const lineage = lineagesOf(known.map(({ name, seen }) => ({ name, record: seen })));
    const cost = loss === undefined ? 'nobody knows how much would be lost' : `${lossWords(loss)} would be lost`;
    return {
      ...this.agreedTo(params, cost),
      ...(loss === undefined ? {} : { estimatedLoss: loss }),
      synchronousStandbys,
      ...(known.length === 0 ? {} : { lineage }),
    };
  }

  /** Others must agree where policy says so; a move that loses nothing is one that somebody may regret all the same. */
  private agreedTo(params: FailoverParams, cost: string): FailoverParams {
    const { to, from, by, reason } = params;
    const others = (this.loaded.estate.failover.approvals ?? 1) - 1;
    if (others < 1) return params;
    const question = `${by ?? 'somebody'} asks to move service from ${from} to ${to ?? 'the standby that has most'}: ${reason}; ${cost}`;
    return { ...params, approval: { reason: question, approvals: others } };
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

import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, type Epoch, Epochs } from '@novacron/bus';
import { DrError, durationMs, type EpochCorrection, EpochEnforced, type Fields } from '@novacron/contracts';
import { JsonLogger } from '@novacron/service';
import { membersSeen, routesSeen } from './adapters/epoch-view.js';
import { FailoverTargets } from './adapters/failover-targets.js';
import { PauseStore } from './adapters/pause-store.js';
import { stopStray } from './adapters/stop-stray.js';
import { type AgainstEpoch, againstEpoch } from './domain/against-epoch.js';
import { FailoverOperations } from './failover-operations.js';
import { HeldTurns } from './held-turns.js';

/** However seldom the estate is probed, an old primary that returned is not left alone for longer. */
const mostMs = 5_000;
const markTimeoutMs = 2_000;

/**
 * Sees to it that what runs agrees with the epoch, also where the start guard was not asked: a database that takes writes by
 * an older epoch is stopped, a load balancer that has forgotten the last failover is told again; the active servers note their epoch
 * where the start guard finds it when the bus has lost it. It does nothing while an
 * operation moves service, nothing without the bus, and one instance of the service does it for all.
 */
@Injectable()
export class EpochKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private work: HeldTurns | undefined;
  /** The epoch that the active site's servers are known to remember. */
  private marked = 0;
  /** What was told last: what stays wrong is not told again with every look. */
  private told = '';

  constructor(
    private readonly bus: Bus,
    private readonly epochs: Epochs,
    private readonly targets: FailoverTargets,
    private readonly pauses: PauseStore,
    private readonly operations: FailoverOperations,
    private readonly logger: JsonLogger,
  ) {}

  onApplicationBootstrap(): void {
    const { bus, logger } = this;
    this.work = new HeldTurns({
      ...{ bus, logger, name: 'failover.epoch-keeper', holder: `failover-${randomUUID()}` },
      everyMs: Math.min(mostMs, durationMs(this.targets.estate.health.interval)),
      turn: async () => {
        await this.look();
        return undefined;
      },
    });
    this.work.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.work?.stop();
  }

  /** One look, and what follows from it. Returns what was published, if anything was against the epoch. */
  async look(): Promise<EpochEnforced | undefined> {
    const before = await this.epochs.current();
    if (before === undefined || (await this.operations.running()) !== undefined) return undefined;
    const [members, routes] = await Promise.all([membersSeen(this.targets), routesSeen(this.targets)]);
    await this.mark(before);
    const found = againstEpoch(before, members, routes);
    if (found.strays.length + found.unexplained.length + found.misrouted.length === 0) {
      this.told = '';
      return undefined;
    }
    // A failover that began meanwhile may be what we saw: a site it has just promoted is no stray.
    const after = await this.epochs.current();
    if (after?.revision !== before.revision || (await this.operations.running()) !== undefined) return undefined;
    return this.enforce(before, found);
  }

  /** The active site's servers remember the epoch by themselves, for the day on which the bus has lost it. */
  private async mark({ epoch, site }: Epoch): Promise<void> {
    if (this.marked === epoch) return;
    const members = this.targets.databases.flatMap(({ members: all }) => all.get(site) ?? []);
    const marks = members.map(async (member) => {
      const { inRecovery } = await member.status({ timeoutMs: markTimeoutMs });
      if (inRecovery) throw new DrError('PRECONDITION_FAILED', `${member.name} is a standby`);
      await member.markEpoch(epoch, { timeoutMs: markTimeoutMs });
    });
    const outcomes = await Promise.allSettled(marks);
    // What did not answer is asked again with the next look.
    if (outcomes.every(({ status }) => status === 'fulfilled')) this.marked = epoch;
  }

  private async enforce(current: Epoch, found: AgainstEpoch): Promise<EpochEnforced | undefined> {
    const corrections: Fields<EpochCorrection>[] = [];
    const needs: string[] = [];
    for (const stray of found.strays) {
      const { done, need } = await stopStray(this.targets, stray);
      const held = stray.epoch === undefined ? 'no epoch' : `epoch ${stray.epoch}`;
      corrections.push({
        target: `database ${stray.database} on ${stray.site}`,
        found: `takes writes by ${held}`,
        done,
      });
      if (need !== undefined) needs.push(need);
    }
    for (const { database, site, epoch } of found.unexplained) {
      corrections.push({
        target: `database ${database} on ${site}`,
        found: `takes writes by epoch ${epoch}, as ${current.site} does by ${current.epoch}`,
        done: 'nothing: which of the two counts only a human can tell',
      });
      needs.push(`find out which of ${site} and ${current.site} has the right data, and stop the other at once`);
    }
    const paused = (await this.pauses.current(new Date())) !== undefined;
    for (const { balancer, backend } of paused ? [] : found.misrouted) {
      corrections.push({
        target: `load balancer ${balancer}, backend ${backend}`,
        found: 'sends to a site that the epoch does not name',
        done: await this.sendTo(current.site, balancer, backend),
      });
    }
    if (corrections.length === 0) return undefined;
    const { site, epoch } = current;
    const event = new EpochEnforced({ site, epoch, corrections: corrections as EpochCorrection[], needs });
    const news = JSON.stringify([epoch, corrections]);
    if (news === this.told) return event;
    this.logger.error('something did not agree with the epoch', { site, epoch, corrections, needs });
    await this.bus.publish(event);
    this.told = news;
    return event;
  }

  private async sendTo(site: string, balancer: string, backend: string): Promise<string> {
    const target = this.targets.backends.find((each) => each.balancer === balancer && each.backend === backend);
    const server = target?.serverOf.get(site);
    if (target === undefined || server === undefined) return `nothing: it has no server for ${site}`;
    try {
      await target.runtime.whereHeard().activate(backend, server);
      return `sends to ${site} again`;
    } catch (error) {
      return `not yet: ${DrError.from(error).message}`.slice(0, 500);
    }
  }
}

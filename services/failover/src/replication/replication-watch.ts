import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Bus, type Epoch, Epochs } from '@novacron/bus';
import {
  DrError,
  durationMs,
  type Message,
  RedundancyLost,
  RedundancyRestored,
  ReplicationDegraded,
  ReplicationRestored,
  StandbyProblem,
} from '@novacron/contracts';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { type DatabaseTarget, FailoverTargets } from '../adapters/failover-targets.js';
import { lookAtPrimary } from '../adapters/primary-look.js';
import { ReplicationMemory } from '../adapters/replication-memory.js';
import { lookAtFitness } from '../adapters/standby-fitness.js';
import { WriteLeases } from '../adapters/write-leases.js';
import { operationId } from '../domain/operation-id.js';
import { afterRedundancyLook } from '../domain/replication/redundancy.js';
import { afterLook, type ReplicationChange, type ReplicationRecord } from '../domain/replication/replication-record.js';
import { FailoverOperations } from '../failover-operations.js';
import { HeldTurns } from '../held-turns.js';
import { lookEveryMs } from './look-every.js';
import { replicationRunbookOf } from './replication-runbooks.js';

const callTimeoutMs = 2_000;
/** A change that did not take is tried again, but not each second. */
const changeEveryMs = 5_000;

/**
 * Looks at the active site's databases every second, remembers what a failover will need to know about them, and keeps commits from
 * waiting for a lost standby longer than policy allows. One instance of the service at a time.
 */
@Injectable()
export class ReplicationWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: HeldTurns;
  private readonly changedAtMs = new Map<string, number>();

  constructor(
    private readonly bus: Bus,
    private readonly epochs: Epochs,
    private readonly loaded: LoadedEstate,
    private readonly targets: FailoverTargets,
    private readonly memory: ReplicationMemory,
    private readonly leases: WriteLeases,
    private readonly operations: FailoverOperations,
    private readonly logger: JsonLogger,
  ) {
    this.work = new HeldTurns({
      ...{ bus, logger, name: 'failover.replication-watch', everyMs: lookEveryMs },
      holder: `failover-${process.pid}-${randomBytes(3).toString('hex')}`,
      turn: (signal) => this.look(signal),
    });
  }

  onApplicationBootstrap(): void {
    this.work.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.work.stop();
  }

  private async look(signal: AbortSignal): Promise<undefined> {
    const epoch = await this.epochs.current();
    if (epoch === undefined) return undefined;
    const answered = await Promise.all(this.targets.databases.map((database) => this.lookAt(database, epoch, signal)));
    // Who could take over is a question while there is something to take over from: a loss has its own verdict.
    if (answered.length > 0 && answered.every(Boolean)) await this.lookAtStandbys(epoch);
    return undefined;
  }

  /** False when the primary does not answer: then what is remembered stays as it was. */
  private async lookAt(database: DatabaseTarget, epoch: Epoch, signal: AbortSignal): Promise<boolean> {
    const { settings, members } = database;
    const member = members.get(epoch.site);
    if (member === undefined) return false;
    const seen = await this.memory.read(settings.name);
    const look = await lookAtPrimary(member, epoch.epoch, { signal, timeoutMs: callTimeoutMs }).catch(() => undefined);
    if (look === undefined) {
      const { value } = seen;
      const isOurs = value?.epoch === epoch.epoch && value.site === epoch.site;
      if (isOurs && value.unansweredSinceMs === undefined)
        await this.memory.write(settings.name, { ...value, unansweredSinceMs: Date.now() }, seen);
      return false;
    }
    const { degradeSynchronousAfter } = this.loaded.estate.failover;
    const wanted = settings.links
      .filter(({ from, mode }) => from === epoch.site && mode === 'synchronous')
      .map(({ to }) => to);
    const leaseKeeper = await this.leaseKeeperOf(settings.name, epoch, seen.value);
    const { record, change } = afterLook(seen.value, leaseKeeper === undefined ? look : { ...look, leaseKeeper }, {
      wanted,
      degradeAfterMs: degradeSynchronousAfter === undefined ? undefined : durationMs(degradeSynchronousAfter),
    });
    await this.tellReplication(settings.name, wanted, record, seen.value);
    const isKept = await this.memory.write(settings.name, record, seen);
    if (isKept && change !== undefined) await this.begin(settings.name, record, change);
    return true;
  }

  /** Who keeps the server's write lease, where the estate gives its site one. That nobody does is said once. */
  private async leaseKeeperOf(
    database: string,
    { epoch, site }: Epoch,
    before: ReplicationRecord | undefined,
  ): Promise<string | undefined> {
    if (this.targets.leaseOf(site) === undefined) return undefined;
    const known = before?.epoch === epoch ? before.leaseKeeper : undefined;
    const keeper = await this.leases.keeper(database, site, epoch, known);
    if (keeper === undefined && known !== undefined)
      this.logger.warn('no write guard keeps the lease of the database any more', { database, site });
    return keeper;
  }

  private async begin(database: string, record: ReplicationRecord, change: ReplicationChange): Promise<void> {
    if (performance.now() - (this.changedAtMs.get(database) ?? -Infinity) < changeEveryMs) return;
    this.changedAtMs.set(database, performance.now());
    const { epoch, site } = record;
    const runbook = replicationRunbookOf[change.kind];
    const params =
      change.kind === 'degrade'
        ? { site, database, epoch, names: change.remaining, lost: change.lost, reason: change.reason }
        : { site, database, epoch, names: change.names, lost: [], reason: 'every synchronous standby has caught up' };
    try {
      const id = operationId(runbook, new Date(), randomBytes(8).toString('hex'));
      await this.operations.beginReplicationChange({ runbook, operationId: id, params });
      this.logger.warn('replication is changed', { database, site, change: change.kind, reason: params.reason });
    } catch (error) {
      // A failover runs, or the change itself does: looked at again in a second.
      if (DrError.from(error).code !== 'OPERATION_RUNNING') throw error;
    }
  }

  private async tellReplication(
    database: string,
    wanted: readonly string[],
    now: ReplicationRecord,
    earlier: ReplicationRecord | undefined,
  ): Promise<void> {
    const { site, epoch } = now;
    const before = earlier?.epoch === epoch ? earlier : undefined;
    const told = (sinceMs: number) => `${database}-${epoch}-${sinceMs}`;
    if (now.degraded?.released === true && before?.degraded?.released !== true) {
      const { sinceMs, lost, reason } = now.degraded;
      const event = new ReplicationDegraded({
        ...{ site, database, lost: [...lost], remaining: [...now.setting], reason },
        since: new Date(sinceMs).toISOString(),
      });
      await this.tell(event, `replication-degraded-${told(sinceMs)}`);
    }
    if (before?.degraded?.released === true && now.degraded === undefined) {
      const { sinceMs } = before.degraded;
      const nowMs = now.samples.at(-1)?.atMs ?? Date.now();
      const event = new ReplicationRestored({
        ...{ site, database, synchronous: [...wanted], since: new Date(nowMs).toISOString() },
        durationMs: Math.max(0, nowMs - sinceMs),
      });
      await this.tell(event, `replication-restored-${told(sinceMs)}`);
    }
  }

  private async lookAtStandbys(epoch: Epoch): Promise<void> {
    const standbys = await lookAtFitness(this.targets.databases, epoch.site);
    const seen = await this.memory.readRedundancy();
    const { record, news } = afterRedundancyLook(seen.value, {
      epoch: epoch.epoch,
      site: epoch.site,
      atMs: Date.now(),
      standbys,
    });
    const { site, aloneSinceMs = Date.now() } = news === 'restored' ? (seen.value ?? record) : record;
    const id = `${epoch.epoch}-${aloneSinceMs}`;
    if (news === 'lost') {
      const problems = standbys.map(({ site: standby, problem = 'is not fit' }) =>
        Object.assign(new StandbyProblem(), { site: standby, problem }),
      );
      const why = problems.map((each) => `${each.site} ${each.problem}`).join('; ') || 'the estate has none';
      const reason = `no standby could take over from ${site} if it were lost now: ${why}`;
      await this.tell(
        new RedundancyLost({ site, since: new Date(aloneSinceMs).toISOString(), reason, standbys: problems }),
        `redundancy-lost-${id}`,
      );
    }
    if (news === 'restored') {
      const lasted = { durationMs: Math.max(0, Date.now() - aloneSinceMs) };
      const event = new RedundancyRestored({
        site,
        since: new Date().toISOString(),
        standbys: [...record.fit],
        ...lasted,
      });
      await this.tell(event, `redundancy-restored-${id}`);
    }
    if (!isDeepStrictEqual(record, seen.value)) await this.memory.writeRedundancy(record, seen);
  }

  private async tell(event: Message, id: string): Promise<void> {
    const { constructor: type, ...facts } = event;
    this.logger.warn('replication has news', { event: type.name, ...facts });
    await this.bus.publish(event, { id });
  }
}

import { Injectable } from '@nestjs/common';
import { Bus, Epochs } from '@novacron/bus';
import {
  type CheckEvidence,
  type DecisionEvidence,
  type Delivered,
  DrError,
  durationMs,
  FailoverDecided,
  type HealthDegraded,
  type SiteLost,
} from '@novacron/contracts';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { FailoverTargets } from './adapters/failover-targets.js';
import { PauseStore } from './adapters/pause-store.js';
import { type DatabaseEvidence, lookAtDatabase } from './adapters/standby-views.js';
import { conditionsOf } from './domain/conditions.js';
import { decide, type StandbyView, type Verdict } from './domain/decide.js';
import { operationId } from './domain/operation-id.js';
import { FailoverOperations } from './failover-operations.js';
import { runbookOf } from './runbooks.js';

/** From news of a site's health to a verdict, and from a verdict to an operation. Each news is answered, by "no" too. */
@Injectable()
export class Assessment {
  constructor(
    private readonly bus: Bus,
    private readonly epochs: Epochs,
    private readonly loaded: LoadedEstate,
    private readonly targets: FailoverTargets,
    private readonly pauses: PauseStore,
    private readonly operations: FailoverOperations,
    private readonly logger: JsonLogger,
  ) {}

  /** Safe to repeat: the same news gives the same operation id, and a second operation is refused by the first. */
  async onHealth(event: Delivered<SiteLost | HealthDegraded>): Promise<void> {
    const { site, evidence } = event.data;
    const id = operationId(runbookOf.unplanned, new Date(event.time), event.id);
    const epoch = await this.epochs.current();
    const { verdict, databases } = await this.judge(site, evidence, epoch?.site, id);
    const decidedAt = new Date().toISOString();
    const announcementId = `${event.id}-verdict`;
    await this.announce(event, verdict, announcementId, { id, databases, evidence });
    if (!verdict.shouldFailover || epoch === undefined) return;
    const params = {
      mode: 'unplanned' as const,
      from: site,
      reason: verdict.reason,
      allowDataLoss: false,
      fenceRequired: this.loaded.estate.failover.fenceRequired,
      ...{ epoch: epoch.epoch, epochRevision: epoch.revision, decidedAt },
    };
    try {
      await this.operations.begin({
        runbook: runbookOf.unplanned,
        operationId: id,
        params,
        correlationId: event.correlationId,
        causedBy: event,
      });
    } catch (error) {
      if (DrError.from(error).code !== 'OPERATION_RUNNING') throw error;
      const refused: Verdict = {
        shouldFailover: false,
        reason: DrError.from(error).message,
        confidence: verdict.confidence,
      };
      await this.announce(event, refused, `${announcementId}-refused`, { id, databases, evidence });
    }
  }

  private async judge(site: string, evidence: readonly CheckEvidence[], activeSite: string | undefined, ownId: string) {
    const { failover, health } = this.loaded.estate;
    const now = new Date();
    const running = await this.operations.running();
    const pause = await this.pauses.current(now);
    const worthALook = activeSite === site && running === undefined;
    const databases = worthALook
      ? await Promise.all(this.targets.databases.map((database) => lookAtDatabase(database, site, now)))
      : [];
    const verdict = decide({
      site,
      activeSite,
      conditions: conditionsOf(site, health.checks, evidence),
      rules: failover.rules,
      threshold: failover.threshold,
      automation: failover.automation,
      rpoMs: strictestRpoMs(this.loaded.estate.objectives.tiers.map((tier) => tier.rpo)),
      standbys: inAllDatabases(databases),
      order: failover.order,
      primaryAnswers: databases.some((database) => database.primaryAnswers),
      ...(pause === undefined ? {} : { pause }),
      ...(running === undefined || running === ownId ? {} : { runningOperation: running }),
    });
    return { verdict, databases };
  }

  private async announce(
    event: Delivered<SiteLost | HealthDegraded>,
    verdict: Verdict,
    announcementId: string,
    found: {
      readonly id: string;
      readonly databases: readonly DatabaseEvidence[];
      readonly evidence: readonly CheckEvidence[];
    },
  ): Promise<void> {
    const { site } = event.data;
    const tiers = this.loaded.estate.objectives.tiers.toSorted((a, b) => a.tier - b.tier);
    const decided = new FailoverDecided({
      site,
      ...verdict,
      services: tiers.flatMap((tier) => tier.services),
      evidence: [...checkFacts(found.evidence), ...databaseFacts(site, found.databases)],
      ...(verdict.shouldFailover ? { operationId: found.id } : {}),
    });
    await this.bus.publish(decided, { id: announcementId, causedBy: event, correlationId: event.correlationId });
    this.logger.info('verdict on a site', {
      site,
      shouldFailover: verdict.shouldFailover,
      reason: verdict.reason,
      confidence: verdict.confidence,
    });
  }
}

/** A site can take over only what it can take over in every database: the weakest answer counts. */
function inAllDatabases(databases: readonly DatabaseEvidence[]): StandbyView[] {
  const [first, ...others] = databases;
  return (first?.standbys ?? []).map((view) =>
    others.reduce((weakest, other) => {
      const here = other.standbys.find((candidate) => candidate.site === view.site);
      if (here === undefined) return { ...weakest, reachable: false };
      return {
        ...weakest,
        reachable: weakest.reachable && here.reachable,
        promotable: weakest.promotable && here.promotable,
        inRecovery: weakest.inRecovery && here.inRecovery,
        dataFlowing: weakest.dataFlowing || here.dataFlowing,
        synchronous: weakest.synchronous && here.synchronous,
        lossMs: Math.max(weakest.lossMs ?? 0, here.lossMs ?? 0),
      };
    }, view),
  );
}

function strictestRpoMs(rpos: readonly string[]): number {
  if (rpos.length === 0) throw new DrError('INVALID_ESTATE', 'the estate has no tier, so no RPO to decide by');
  return Math.min(...rpos.map(durationMs));
}

function checkFacts(evidence: readonly CheckEvidence[]): DecisionEvidence[] {
  return evidence
    .slice(0, 100)
    .map(({ vantage, check, state, consecutiveFailures, observedAt, problem }) =>
      fact(
        `${check} is ${state}, ${consecutiveFailures} in a row${problem === undefined ? '' : `: ${problem}`}`,
        `vantage ${vantage}`,
        observedAt,
      ),
    );
}

function databaseFacts(site: string, databases: readonly DatabaseEvidence[]): DecisionEvidence[] {
  const at = new Date().toISOString();
  return databases.flatMap(({ standbys, primaryAnswers }) => [
    fact(`the primary on ${site} ${primaryAnswers ? 'answers and takes writes' : 'does not answer'}`, 'failover', at),
    ...standbys.map((view) => fact(standbyFact(view), 'failover', at)),
  ]);
}

function standbyFact(view: StandbyView): string {
  if (!view.reachable) return `${view.site} does not answer`;
  const kind = view.synchronous ? 'synchronous' : 'asynchronous';
  return `${view.site} is a ${kind} standby${view.dataFlowing ? ' and still receives' : ', receives nothing'}`;
}

function fact(text: string, source: string, observedAt: string): DecisionEvidence {
  return Object.assign(Object.create(null) as DecisionEvidence, { fact: text.slice(0, 200), source, observedAt });
}

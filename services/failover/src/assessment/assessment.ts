import { Injectable } from '@nestjs/common';
import { Bus, type Epoch, Epochs } from '@novacron/bus';
import {
  AffectedTier,
  type Delivered,
  type DecisionEvidence,
  DrError,
  durationMs,
  FailoverDecided,
  type HealthDegraded,
  type SiteLost,
} from '@novacron/contracts';
import type { OperationView } from '@novacron/operations';
import { JsonLogger, LoadedEstate } from '@novacron/service';
import { HealthLook } from '../adapters/health-look.js';
import type { Stored } from '../adapters/state-store.js';
import {
  afterOperation,
  awaitsApproval,
  type Concern,
  signatureOf,
  withdrawer,
  withSureness,
} from '../domain/concern.js';
import { operationId } from '../domain/operation-id.js';
import { decide, strongestRule, type Verdict } from '../domain/verdict/decide.js';
import { evidenceFacts } from '../domain/verdict/evidence-facts.js';
import { firstFailureMs } from '../domain/verdict/first-failure.js';
import { FailoverOperations } from '../failover-operations.js';
import { runbookOf } from '../domain/move-runbooks.js';
import type { FailoverParams } from '../steps/failover-params.js';
import { ConcernBook } from './concern-book.js';
import { type Gathered, GatherEvidence, type News } from './gather-evidence.js';

/** Verdicts under which an approval that is asked for is taken back: acting would be wrong, or needs nobody's yes any more. */
const withdrawnFor: readonly Verdict['code'][] = [
  'data-flowing',
  'primary-answers',
  'point-in-time-recovery',
  'permitted',
];

/**
 * From news of a site's health to a verdict, and from a verdict to an operation. Each news is answered, by "no" too; trouble
 * with the active site is judged again until it is over, and said again when the answer changes.
 */
@Injectable()
export class Assessment {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bus: Bus,
    private readonly epochs: Epochs,
    private readonly loaded: LoadedEstate,
    private readonly health: HealthLook,
    private readonly gather: GatherEvidence,
    private readonly concerns: ConcernBook,
    private readonly operations: FailoverOperations,
    private readonly logger: JsonLogger,
  ) {}

  /** Safe to repeat: the same news gives the same operation id, and a second operation is refused by the first. */
  onHealth(event: Delivered<SiteLost | HealthDegraded>): Promise<void> {
    return this.alone(async () => {
      const epoch = await this.epochs.current();
      const seen = await this.concerns.read(event.data.site);
      const concern = this.concernFor(event, seen, epoch);
      const ageMs = Date.now() - Date.parse(event.time);
      const news: News =
        ageMs <= this.gather.maxEvidenceAgeMs
          ? { evidence: event.data.evidence, ageMs: Math.max(0, ageMs) }
          : await this.newsOf(event.data.site);
      await this.judge({ concern, seen, epoch, news, answering: event });
    });
  }

  /** Looks again at what troubles the active site. Says when it wants to look the next time, milliseconds of the epoch. */
  lookAgain(): Promise<number | undefined> {
    return this.alone(async () => {
      const epoch = await this.epochs.current();
      if (epoch === undefined) return undefined;
      const seen = await this.concerns.read(epoch.site);
      if (seen.value === undefined) return undefined;
      if (seen.value.epoch !== epoch.epoch) {
        await this.concerns.close(epoch.site, seen);
        return undefined;
      }
      const now = await this.health.at(epoch.site, new Date());
      if (now?.isWell === true) {
        await this.close(seen.value, seen);
        return undefined;
      }
      const news: News = { evidence: now?.evidence ?? [], ageMs: now === undefined ? undefined : 0 };
      return (await this.judge({ concern: seen.value, seen, epoch, news })).againAtMs;
    });
  }

  private async judge(asked: {
    readonly concern: Concern;
    readonly seen: Stored<Concern>;
    readonly epoch: Epoch | undefined;
    readonly news: News;
    readonly answering?: Delivered<SiteLost | HealthDegraded>;
  }): Promise<Verdict> {
    const { seen, epoch, news, answering } = asked;
    const { concern: settled, pending, running } = await this.withOperation(asked.concern);
    const { failover, health } = this.loaded.estate;
    const isOurs = pending !== undefined && running === pending.operationId;
    const known = isOurs || running === undefined ? {} : { runningOperation: running };
    const gathered = await this.gather.about(settled.site, news, epoch, { concern: settled, ...known });
    const rule = strongestRule(gathered.input);
    const concern = withSureness(
      settled,
      rule !== undefined && rule.confidence > failover.threshold,
      gathered.input.nowMs,
    );
    const verdict = decide({ ...gathered.input, sureSinceMs: concern.sureSinceMs ?? gathered.input.nowMs });
    const { withheld, next } = await this.withdrawn(concern, verdict, pending);
    const begins = !withheld && (verdict.action === 'act' || verdict.action === 'ask') && pending === undefined;
    const id = begins ? idOf(next) : pending?.operationId;
    // What our own operation does it says itself.
    const isSilent = running !== undefined && running === settled.operationId;
    const isNew = signatureOf(verdict) !== next.told && !isSilent;
    if (answering !== undefined || isNew) {
      await this.announce(next, verdict, gathered, news, { ...(id === undefined ? {} : { id }), answering });
    }
    const said: Concern = isSilent ? next : { ...next, told: signatureOf(verdict), verdicts: next.verdicts + 1 };
    if (begins && epoch !== undefined) {
      const paceMs = durationMs(health.fastInterval ?? health.interval);
      const failingMs = firstFailureMs(news.evidence, paceMs);
      const about = { evidence: factsOf(concern, gathered, news), failingMs, causedBy: answering };
      const begun = await this.begin(said, verdict, gathered, epoch, about);
      await this.keep(begun, seen, epoch);
    } else {
      await this.keep(said, seen, epoch);
    }
    return verdict;
  }

  /** What became of the concern's operation, and whether it still waits for its yes. */
  private async withOperation(before: Concern) {
    const running = await this.operations.running();
    const own = before.operationId ?? idOf(before);
    const adopted = before.operationId === undefined && running === own ? begunFor(before) : before;
    if (adopted.operationId === undefined) return { concern: adopted, running };
    const view = await this.operations.status(adopted.operationId).catch((error: unknown) => {
      if (DrError.from(error).code === 'NOT_FOUND') return undefined;
      throw error;
    });
    if (view === undefined) return { concern: adopted, running };
    const concern = afterOperation(adopted, view);
    const pending: OperationView | undefined = view.state === 'waiting' && awaitsApproval(view) ? view : undefined;
    return { concern, running, pending };
  }

  private async withdrawn(concern: Concern, verdict: Verdict, pending: OperationView | undefined) {
    if (pending === undefined || !withdrawnFor.includes(verdict.code)) return { withheld: false, next: concern };
    await this.operations
      .abort(pending.operationId, withdrawer, `not needed any more: ${verdict.reason}`)
      .catch(() => undefined);
    const { operationId: _withdrawn, ...next } = concern;
    return { withheld: true, next };
  }

  private async begin(
    concern: Concern,
    verdict: Verdict,
    { input, synchronousStandbys, lineage }: Gathered,
    epoch: Epoch,
    about: {
      readonly evidence: readonly DecisionEvidence[];
      readonly failingMs: number | undefined;
      readonly causedBy: Delivered | undefined;
    },
  ): Promise<Concern> {
    const { evidence, failingMs, causedBy } = about;
    const { failover } = this.loaded.estate;
    const asks = verdict.action === 'ask';
    const { reason, confidence, rule, targetSite, acceptable, loss } = verdict;
    const params: FailoverParams = {
      ...{ mode: 'unplanned', estateHash: this.loaded.hash, from: concern.site, reason },
      fenceRequired: failover.fenceRequired,
      // Who agrees has been told what would be lost, and what went wrong before.
      ...{
        allowDataLoss: asks && verdict.code === 'loss-unknown',
        fenceRiskAccepted: asks && concern.undone?.forWantOfFence === true,
      },
      ...{ epoch: epoch.epoch, epochRevision: epoch.revision, decidedAt: new Date().toISOString() },
      ...{ synchronousStandbys, lineage, detectedAt: concern.detectedAt },
      failingSince: failingMs === undefined ? concern.failingSince : new Date(failingMs).toISOString(),
      ...(acceptable === undefined ? {} : { acceptableTargets: acceptable }),
      verdict: {
        ...{ confidence, tiers: tiersOf(input.tiers), evidence },
        ...(rule === undefined ? {} : { rule }),
        ...(targetSite === undefined ? {} : { targetSite }),
      },
      ...(loss === undefined ? {} : { estimatedLoss: loss }),
      ...(asks ? { approval: { reason, approvals: failover.approvals ?? 1 } } : {}),
    };
    const begun = begunFor(concern);
    try {
      await this.operations.begin({
        ...{ runbook: runbookOf.unplanned, operationId: idOf(concern), params, correlationId: concern.correlationId },
        causedBy: causedBy ?? { id: concern.newsId, correlationId: concern.correlationId },
      });
      return begun;
    } catch (error) {
      // Somebody else moves service already: seen the next time we look, and said then.
      if (DrError.from(error).code !== 'OPERATION_RUNNING') throw error;
      return concern;
    }
  }

  private async announce(
    concern: Concern,
    verdict: Verdict,
    gathered: Gathered,
    news: News,
    about: { readonly id?: string; readonly answering: Delivered | undefined },
  ): Promise<void> {
    const { input } = gathered;
    const { action, code, reason, confidence, rule, targetSite, loss } = verdict;
    const decided = new FailoverDecided({
      ...{ site: concern.site, shouldFailover: action === 'act', action, code, reason, confidence },
      services: input.tiers.flatMap((tier) => tier.services),
      tiers: tiersOf(input.tiers),
      evidence: factsOf(concern, gathered, news),
      ...(rule === undefined ? {} : { rule }),
      ...(targetSite === undefined ? {} : { targetSite }),
      ...(about.id === undefined ? {} : { operationId: about.id }),
      ...(loss === undefined ? {} : { estimatedLossMs: loss.ms, estimatedLostBytes: loss.bytes }),
      ...(loss?.rows === undefined ? {} : { estimatedLostRows: loss.rows }),
    });
    const { answering } = about;
    const id =
      answering === undefined ? `${concern.newsId}-verdict-${concern.verdicts + 1}` : `${answering.id}-verdict`;
    const causedBy = answering === undefined ? {} : { causedBy: answering };
    await this.bus.publish(decided, { id, correlationId: concern.correlationId, ...causedBy });
    const { site } = concern;
    this.logger.info('verdict on a site', { site, action, code, reason, confidence });
  }

  private concernFor(
    event: Delivered<SiteLost | HealthDegraded>,
    { value }: Stored<Concern>,
    epoch: Epoch | undefined,
  ): Concern {
    const known = value !== undefined && value.epoch === epoch?.epoch ? value : undefined;
    // What began as something slight is a new loss once it is called one.
    const isOngoing = known?.sureSinceMs !== undefined || known?.operationId !== undefined;
    return {
      ...{ site: event.data.site, epoch: epoch?.epoch ?? 0, correlationId: event.correlationId },
      ...{ newsId: event.id, detectedAt: event.time, failingSince: event.data.since },
      ...{ told: '', verdicts: 0, attempts: 0 },
      ...(known === undefined ? {} : isOngoing ? known : { ...known, newsId: event.id, detectedAt: event.time }),
    };
  }

  /** Only trouble with the active site is remembered: nothing follows from another's. */
  private async keep(concern: Concern, seen: Stored<Concern>, epoch: Epoch | undefined): Promise<void> {
    if (epoch?.site === concern.site) await this.concerns.write(concern, seen);
  }

  private async close(concern: Concern, seen: Stored<Concern>): Promise<void> {
    const { pending } = await this.withOperation(concern);
    if (pending !== undefined) {
      const reason = `${concern.site} is well again: nothing has to be moved`;
      await this.operations.abort(pending.operationId, withdrawer, reason).catch(() => undefined);
    }
    await this.concerns.close(concern.site, seen);
    this.logger.info('a concern is over', { site: concern.site });
  }

  private async newsOf(site: string): Promise<News> {
    const now = await this.health.at(site, new Date());
    return now === undefined ? { evidence: [], ageMs: undefined } : { evidence: now.evidence, ageMs: 0 };
  }

  /** One judgement at a time, so that two news of one loss do not both begin something. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** The next operation's id: the same again when this process dies before it could write down that it has begun. */
function idOf({ newsId, detectedAt, attempts }: Concern): string {
  return operationId(runbookOf.unplanned, new Date(detectedAt), attempts === 0 ? newsId : `${newsId}:${attempts}`);
}

function begunFor(concern: Concern): Concern {
  return { ...concern, operationId: idOf(concern), attempts: concern.attempts + 1 };
}

function tiersOf(tiers: Gathered['input']['tiers']): AffectedTier[] {
  return tiers.map(({ tier, name, services }) =>
    Object.assign(new AffectedTier(), { tier, name, services: [...services] }),
  );
}

function factsOf({ site }: Concern, { databases }: Gathered, { evidence: checks }: News): DecisionEvidence[] {
  return evidenceFacts(site, { checks, databases, at: new Date().toISOString() });
}

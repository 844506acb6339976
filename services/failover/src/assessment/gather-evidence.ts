import { Injectable } from '@nestjs/common';
import type { Epoch } from '@novacron/bus';
import { type CheckEvidence, durationMs } from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { FailoverTargets } from '../adapters/failover-targets.js';
import { PauseStore } from '../adapters/pause-store.js';
import { ReplicationMemory } from '../adapters/replication-memory.js';
import { type DatabaseEvidence, lookAtDatabase } from '../adapters/standby-views.js';
import type { Concern } from '../domain/concern.js';
import { type Lineage, lineagesOf } from '../domain/replication/lineage.js';
import { affectedTiers } from '../domain/verdict/affected-tiers.js';
import { conditionsOf, sightOf } from '../domain/verdict/conditions.js';
import { strongestRule } from '../domain/verdict/decide.js';
import type { DecisionInput } from '../domain/verdict/decision-input.js';
import { firstFailureMs } from '../domain/verdict/first-failure.js';
import { inAllDatabases } from '../domain/verdict/in-all-databases.js';
import { lookEveryMs } from '../replication/look-every.js';

/** Everything that is known at one moment about one site's trouble. */
export interface Gathered {
  readonly input: DecisionInput;
  readonly databases: readonly DatabaseEvidence[];
  /** By database: the standbys whose confirmation commits waited for. */
  readonly synchronousStandbys: Readonly<Record<string, readonly string[]>>;
  readonly lineage: Readonly<Record<string, Lineage>>;
}

/** What the health monitor said, and how old that is; no age: nobody answered. */
export interface News {
  readonly evidence: readonly CheckEvidence[];
  readonly ageMs: number | undefined;
}

/** How much longer a loss must last where the estate says nothing of regions. */
const acrossRegions = 3;

/** Asks everyone who may know something, and puts it together for the verdict. Changes nothing. */
@Injectable()
export class GatherEvidence {
  constructor(
    private readonly loaded: LoadedEstate,
    private readonly targets: FailoverTargets,
    private readonly pauses: PauseStore,
    private readonly memory: ReplicationMemory,
  ) {}

  /** How old news may be and still decide something. */
  get maxEvidenceAgeMs(): number {
    return Math.max(10_000, 5 * durationMs(this.loaded.estate.health.interval));
  }

  async about(
    site: string,
    news: News,
    epoch: Epoch | undefined,
    known: { readonly concern?: Concern; readonly runningOperation?: string },
  ): Promise<Gathered> {
    const { estate } = this.loaded;
    const { failover, health, objectives, services, sites } = estate;
    const nowMs = Date.now();
    const conditions = conditionsOf(site, health.checks, news.evidence);
    const rule = strongestRule({ rules: failover.rules, conditions });
    const isSure = rule !== undefined && rule.confidence > failover.threshold;
    const worthALook = epoch?.site === site && known.runningOperation === undefined && isSure;
    const records = epoch === undefined ? [] : await this.recordsOf(epoch);
    const paceMs = durationMs(health.fastInterval ?? health.interval);
    const aliveUntilMs = firstFailureMs(news.evidence, paceMs) ?? nowMs;
    const databases = worthALook
      ? await Promise.all(
          this.targets.databases.map((database, index) =>
            lookAtDatabase(database, site, {
              ...{ sites, record: records[index], intervalMs: lookEveryMs, aliveUntilMs },
              ...(failover.target === undefined ? {} : { requirements: failover.target }),
            }),
          ),
        )
      : [];
    const pause = await this.pauses.current(new Date(nowMs));
    const region = sites.find(({ name }) => name === site)?.region;
    const dwellMs = durationMs(failover.dwell);
    const { concern, runningOperation } = known;
    const unprotectedSince = epoch === undefined ? undefined : await this.unprotectedSince(epoch);
    const input: DecisionInput = {
      // Looking takes time, and may have waited for a server that does not answer.
      ...{ nowMs: Date.now(), site, activeSite: epoch?.site, conditions, sight: sightOf(news.evidence) },
      ...{ evidenceAgeMs: news.ageMs, maxEvidenceAgeMs: this.maxEvidenceAgeMs },
      ...{ rules: failover.rules, threshold: failover.threshold, automation: failover.automation },
      sureSinceMs: concern?.sureSinceMs ?? nowMs,
      dwell: {
        inRegionMs: dwellMs,
        acrossRegionsMs:
          failover.dwellAcrossRegions === undefined ? acrossRegions * dwellMs : durationMs(failover.dwellAcrossRegions),
      },
      tiers: affectedTiers({ tiers: objectives.tiers, services, databases: estate.databases }, conditions),
      standbys: inAllDatabases(databases.map(({ standbys }) => standbys)),
      order: failover.order,
      primaryAnswers: databases.some(({ primary }) => primary === 'answers'),
      ...(failover.minimumCapacityPercent === undefined
        ? {}
        : { minimumCapacityPercent: failover.minimumCapacityPercent }),
      asksWhenShort: failover.target?.whenShort === 'ask',
      ...(region === undefined ? {} : { region }),
      ...(pause === undefined ? {} : { pause }),
      ...(runningOperation === undefined ? {} : { runningOperation }),
      ...(unprotectedSince === undefined ? {} : { unprotectedSince }),
      ...(concern?.declined === undefined ? {} : { declined: concern.declined }),
      ...(concern?.undone === undefined ? {} : { undone: concern.undone }),
    };
    const synchronousStandbys = Object.fromEntries(
      this.targets.databases.map(({ settings }, index) => [settings.name, records[index]?.synchronous ?? []]),
    );
    const lineage = lineagesOf(
      this.targets.databases.map(({ settings }, index) => ({ name: settings.name, record: records[index] })),
    );
    return { input, databases, synchronousStandbys, lineage };
  }

  private recordsOf(epoch: Epoch) {
    return Promise.all(this.targets.databases.map(({ settings }) => this.memory.of(settings.name, epoch)));
  }

  /** The first primary of an estate was moved here by nobody. */
  private async unprotectedSince(epoch: Epoch): Promise<DecisionInput['unprotectedSince']> {
    if (epoch.epoch <= 1) return undefined;
    const { value } = await this.memory.readRedundancy();
    const isProtected = value?.epoch === epoch.epoch && value.protectedAtMs !== undefined;
    return isProtected ? undefined : { operationId: epoch.operationId, at: epoch.at };
  }
}

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Accepted, DrError, type Plan } from '@novacron/contracts';
import type { PrunableStore, VerifyShare } from '@novacron/repository';
import { LoadedEstate } from '@novacron/service';
import { BackupStores } from '../adapters/backup-stores.js';
import { BackupOperations } from '../backup-operations.js';
import { runbookOf } from '../runbooks.js';
import { prunePlanReply } from './prune-plan-reply.js';
import type { PruneParams } from './prune-steps.js';
import type { VerifyStoreParams } from './verify-store-steps.js';
import { retentionPolicyOf } from './retention-policy-of.js';

/** How far back the last run of the same shares is looked for. */
const sharesLookedAt = 20;

export interface UpkeepRequest {
  /** All unless given. */
  readonly store?: string;
  readonly reason: string;
  /** One cause begins one operation, however many processes act on it. */
  readonly cause?: string;
}

/** Care for what is stored, turned into operations, or refused before anything starts. */
@Injectable()
export class BeginUpkeep {
  constructor(
    private readonly operations: BackupOperations,
    private readonly stores: BackupStores,
    private readonly loaded: LoadedEstate,
  ) {}

  /**
   * @throws DrError NOT_FOUND for an unknown store, PRECONDITION_FAILED when the estate lets nothing be removed,
   * OPERATION_RUNNING while a backup is made.
   */
  async prune(request: UpkeepRequest): Promise<string> {
    const params: PruneParams = {
      stores: this.storesFor(request),
      policy: retentionPolicyOf(this.loaded.estate),
      reason: request.reason,
    };
    return this.begin(runbookOf.prune, params, request.cause);
  }

  /** What {@link prune} would do now. Changes nothing. @throws DrError as it does, or what makes the plan unsafe. */
  async prunePlan(request: Pick<UpkeepRequest, 'store'>): Promise<Plan> {
    const policy = retentionPolicyOf(this.loaded.estate);
    const plans = new Map<string, PrunableStore>();
    for (const store of this.storesFor(request))
      plans.set(store, await this.stores.repository.planPrune(store, policy, new Date()));
    return prunePlanReply(plans);
  }

  /**
   * Reads whole stores back, or the next share of them.
   * @throws DrError NOT_FOUND for an unknown store, INVALID_MESSAGE for a share of nothing, OPERATION_RUNNING.
   */
  async verify(request: UpkeepRequest & { readonly sample?: number; readonly structure?: boolean }): Promise<string> {
    const { sample = 1, structure, reason } = request;
    if (sample <= 0) throw new DrError('INVALID_MESSAGE', 'sample must be more than 0, and at most 1');
    const of = Math.round(1 / sample);
    const params: VerifyStoreParams = {
      stores: this.storesFor(request),
      ...(of <= 1 ? {} : { share: await this.nextShare(of) }),
      ...(structure === undefined ? {} : { structure }),
      reason,
    };
    return this.begin(runbookOf.verifyStore, params, request.cause);
  }

  /** The one after the last that was read, so that as many runs as there are shares read everything. */
  private async nextShare(of: number): Promise<VerifyShare> {
    const runs = await this.operations.latest(runbookOf.verifyStore, sharesLookedAt);
    const last = runs.map(({ params }) => (params as VerifyStoreParams).share).find((share) => share?.of === of);
    return { index: last === undefined ? 0 : (last.index + 1) % of, of };
  }

  private storesFor({ store }: Pick<UpkeepRequest, 'store'>): string[] {
    if (store === undefined) return [...this.stores.order];
    this.stores.repository.store(store);
    return [store];
  }

  private async begin(runbook: string, params: unknown, cause: string | undefined): Promise<Accepted['operationId']> {
    const operationId = `${runbook}-${cause?.replace(/[^A-Za-z0-9_-]/gu, '-') ?? randomUUID().slice(0, 13)}`;
    if (operationId.length > 128) throw new DrError('INVALID_MESSAGE', `${operationId} is too long an id`);
    return (await this.operations.begin({ runbook, operationId, params })).operationId;
  }
}

import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { type Epoch, Epochs } from '@novacron/bus';
import {
  AbortFailover,
  Accepted,
  ApproveFailover,
  Done,
  DrError,
  durationMs,
  PauseFailover,
  Plan,
  QueryFailoverPlan,
  QueryFailoverStatus,
  Report,
  ResumeFailover,
  StartFailover,
} from '@novacron/contracts';
import { natsCommands, type OperationView } from '@novacron/operations';
import { LoadedEstate } from '@novacron/service';
import { PauseStore } from '../adapters/pause-store.js';
import { ReplicationMemory } from '../adapters/replication-memory.js';
import { FailoverOperations } from '../failover-operations.js';
import { asData } from './as-data.js';
import { planReply } from './plan-reply.js';
import { ManualStart } from '../manual-start.js';
import { Pauses } from '../pauses.js';
import { runbookOf } from '../domain/move-runbooks.js';
import { Skips } from '../skips.js';

/** How many changes of replication a start waits for before it is refused. */
const beginAttempts = 3;
const longestPauseMs = 30 * 24 * 3_600_000;

/** What a human or another service may ask of failover. */
@Controller()
export class FailoverController {
  constructor(
    private readonly manual: ManualStart,
    private readonly operations: FailoverOperations,
    private readonly pauses: PauseStore,
    private readonly pausing: Pauses,
    private readonly epochs: Epochs,
    private readonly loaded: LoadedEstate,
    private readonly memory: ReplicationMemory,
    private readonly skips: Skips,
  ) {}

  @MessagePattern(StartFailover)
  async start(request: StartFailover): Promise<Accepted | Plan> {
    if (request.dryRun === true) return this.planOf(request.mode, await this.manual.paramsFor(request));
    this.manual.assertSaysWho(request);
    const runbook = runbookOf[request.mode];
    for (let attempt = 1; ; attempt += 1) {
      // Anew each time: what commits wait for is part of it.
      const params = await this.manual.paramsFor(request);
      try {
        const { operationId } = await this.operations.begin({
          ...{ runbook, operationId: this.manual.newId(request.mode), params },
        });
        return new Accepted({ operationId, status: 'accepted' });
      } catch (error) {
        const failure = DrError.from(error);
        if (attempt >= beginAttempts || !(await this.operations.outlasts(failure))) throw this.whatIsPossible(failure);
      }
    }
  }

  @MessagePattern(QueryFailoverPlan)
  async plan(query: QueryFailoverPlan): Promise<Plan> {
    const mode = query.mode ?? 'unplanned';
    return this.planOf(
      mode,
      await this.manual.paramsFor({ mode, reason: 'plan', ...(query.to === undefined ? {} : { to: query.to }) }),
    );
  }

  @MessagePattern(ApproveFailover)
  async approve({ operationId, by, comment }: ApproveFailover): Promise<Done> {
    await this.operations.approve(operationId, by, comment);
    const missing = approvalsMissing(await this.operations.status(operationId));
    const message =
      missing === 0 ? `operation ${operationId} goes on` : `operation ${operationId} waits for ${missing} more`;
    return new Done({ status: 'done', message });
  }

  @MessagePattern(AbortFailover)
  async abort({ operationId, by, reason }: AbortFailover): Promise<Done> {
    await this.operations.abort(operationId, by ?? 'unnamed', reason);
    return new Done({ status: 'done', message: `operation ${operationId} is being undone` });
  }

  @MessagePattern(PauseFailover)
  async pause({ owner, reason, expiry }: PauseFailover): Promise<Done> {
    const forMs = durationMs(expiry);
    if (forMs < 1 || forMs > longestPauseMs) {
      throw new DrError('INVALID_MESSAGE', `a pause of ${expiry} is no pause`, {
        hint: 'give a time above zero and of at most 30d; it can be set again',
        details: [{ path: 'expiry', problem: 'must be above zero and at most 30d' }],
      });
    }
    const { until } = await this.pausing.set({ owner, reason, forMs });
    return new Done({ status: 'done', message: `automatic failover is paused until ${until}` });
  }

  @MessagePattern(ResumeFailover)
  async resume({ operationId, by, skip, reason }: ResumeFailover): Promise<Done> {
    assertReasoned({ operationId, skip, reason });
    if (operationId !== undefined && skip !== undefined) {
      return new Done({
        status: 'done',
        message: await this.skips.ask(operationId, skip, { by, reason: reason ?? '' }),
      });
    }
    if (operationId !== undefined) {
      await this.operations.resume(operationId, by, reason);
      return new Done({ status: 'done', message: `operation ${operationId} goes on` });
    }
    await this.pausing.end(by);
    return new Done({ status: 'done', message: 'automatic failover is on' });
  }

  @MessagePattern(QueryFailoverStatus)
  async status({ operationId }: QueryFailoverStatus): Promise<Report> {
    const at = new Date().toISOString();
    if (operationId !== undefined) return new Report({ at, report: asData(await this.operations.status(operationId)) });
    const epoch = await this.epochs.current();
    const pause = await this.pauses.current(new Date());
    const operations = (await this.operations.list(20)).map(({ nodes: _nodes, results: _results, ...view }) => view);
    const replication = epoch === undefined ? {} : await this.replication(epoch);
    return new Report({
      at,
      report: asData({ estate: this.loaded.name, estateHash: this.loaded.hash, epoch, pause, replication, operations }),
    });
  }

  /** A second move is refused with the commands that end the first one, or look at it. */
  private whatIsPossible(error: unknown): DrError {
    const failure = DrError.from(error);
    if (failure.code !== 'OPERATION_RUNNING') return failure;
    const [running] = failure.details;
    const id = running?.problem ?? '';
    const commands = natsCommands(this.loaded.name, 'failover');
    return new DrError(failure.code, failure.message, {
      hint: `wait for it, or end it before its point of no return: ${commands.abort(id)}; if it waits for a yes: ${commands.approve(id)}`,
      details: failure.details,
    });
  }

  /** What is remembered of the active site's replication: who has everything, and what is degraded. */
  private async replication(epoch: Epoch): Promise<Record<string, unknown>> {
    const records = this.loaded.estate.databases.map(async ({ name }) => {
      const record = await this.memory.of(name, epoch);
      if (record === undefined) return [name, 'not seen yet'] as const;
      const { synchronous, degraded, heldBy } = record;
      return [name, { synchronous, degraded, heldBy, seenAt: new Date(record.samples.at(-1)?.atMs ?? 0) }] as const;
    });
    const { value } = await this.memory.readRedundancy();
    const canTakeOver = value?.epoch === epoch.epoch ? value.fit : 'not seen yet';
    return { canTakeOver, databases: Object.fromEntries(await Promise.all(records)) };
  }

  private async planOf(
    mode: 'planned' | 'unplanned',
    params: Parameters<FailoverOperations['plan']>[1],
  ): Promise<Plan> {
    return planReply(mode, await this.operations.plan(runbookOf[mode], params), params);
  }
}

/** Who goes on without a step says in which operation, and why. */
function assertReasoned({ skip, ...said }: { operationId?: string; skip?: string; reason?: string }): void {
  const missing = (['operationId', 'reason'] as const).filter((field) => said[field] === undefined);
  if (skip === undefined || missing.length === 0) return;
  throw new DrError('INVALID_MESSAGE', `going on without step ${skip} needs ${missing.join(' and ')}`, {
    hint: 'give the operation that has stopped, and why it may go on without the step',
    details: missing.map((path) => ({ path, problem: 'is missing' })),
  });
}

/** Yeses that an operation still waits for. */
function approvalsMissing({ nodes }: OperationView): number {
  const gate = nodes.find((node) => node.gate?.status === 'asked')?.gate;
  return Math.max(0, (gate?.approvals ?? 0) - (gate?.approvedBy?.length ?? 0));
}

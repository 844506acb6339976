import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { Epochs } from '@novacron/bus';
import {
  AbortFailover,
  Accepted,
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
import { LoadedEstate } from '@novacron/service';
import { PauseStore } from '../adapters/pause-store.js';
import { FailoverOperations } from '../failover-operations.js';
import { ManualStart } from '../manual-start.js';
import { runbookOf } from '../runbooks.js';

/** What a human or another service may ask of failover. */
@Controller()
export class FailoverController {
  constructor(
    private readonly manual: ManualStart,
    private readonly operations: FailoverOperations,
    private readonly pauses: PauseStore,
    private readonly epochs: Epochs,
    private readonly loaded: LoadedEstate,
  ) {}

  @MessagePattern(StartFailover)
  async start(request: StartFailover): Promise<Accepted | Plan> {
    const params = await this.manual.paramsFor(request);
    if (request.dryRun === true) return this.planOf(request.mode, params);
    const { operationId } = await this.operations.begin({
      runbook: runbookOf[request.mode],
      operationId: this.manual.newId(request.mode),
      params,
    });
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(QueryFailoverPlan)
  async plan(query: QueryFailoverPlan): Promise<Plan> {
    const mode = query.mode ?? 'unplanned';
    return this.planOf(
      mode,
      await this.manual.paramsFor({ mode, reason: 'plan', ...(query.to === undefined ? {} : { to: query.to }) }),
    );
  }

  @MessagePattern(AbortFailover)
  async abort({ operationId, by, reason }: AbortFailover): Promise<Done> {
    await this.operations.abort(operationId, by ?? 'unnamed', reason);
    return new Done({ status: 'done', message: `operation ${operationId} is being undone` });
  }

  @MessagePattern(PauseFailover)
  async pause({ owner, reason, expiry }: PauseFailover): Promise<Done> {
    const until = new Date(Date.now() + durationMs(expiry)).toISOString();
    await this.pauses.set({ owner, reason, until });
    return new Done({ status: 'done', message: `automatic failover is paused until ${until}` });
  }

  @MessagePattern(ResumeFailover)
  async resume({ operationId, by }: ResumeFailover): Promise<Done> {
    if (operationId !== undefined) {
      await this.operations.resume(operationId, by);
      return new Done({ status: 'done', message: `operation ${operationId} goes on` });
    }
    await this.pauses.end();
    return new Done({ status: 'done', message: 'automatic failover is on' });
  }

  @MessagePattern(QueryFailoverStatus)
  async status({ operationId }: QueryFailoverStatus): Promise<Report> {
    const at = new Date().toISOString();
    if (operationId !== undefined) return new Report({ at, report: asData(await this.operations.status(operationId)) });
    const epoch = await this.epochs.current();
    const pause = await this.pauses.current(new Date());
    const operations = (await this.operations.list(20)).map(({ nodes: _nodes, results: _results, ...view }) => view);
    return new Report({
      at,
      report: asData({ estate: this.loaded.name, estateHash: this.loaded.hash, epoch, pause, operations }),
    });
  }

  private async planOf(
    mode: 'planned' | 'unplanned',
    params: Parameters<FailoverOperations['plan']>[1],
  ): Promise<Plan> {
    const { nodes } = await this.operations.plan(runbookOf[mode], params);
    const steps = nodes.flatMap((node) =>
      node.steps.map((step) => ({
        step: step.name,
        title: step.title,
        changes: [...step.changes],
        state: step.effect,
      })),
    );
    const summary = `${mode} move from ${params.from} to ${params.to ?? 'the standby that has most'}: ${steps.length} steps, nothing has been changed`;
    return new Plan({ runbook: runbookOf[mode], summary, steps });
  }
}

/** Plain JSON data; maps become objects. */
function asData(value: object): Record<string, unknown> {
  const text = JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? Object.fromEntries(item) : item));
  const data: unknown = JSON.parse(text);
  if (typeof data !== 'object' || data === null) throw new DrError('INTERNAL', 'a report must be an object');
  return data as Record<string, unknown>;
}

import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  AbortRestoration,
  Accepted,
  ApproveRestoration,
  Done,
  DrError,
  Plan,
  PlanRestoration,
  QueryRestorationReport,
  QueryRestorationStatus,
  Report,
  Restore,
  StartRestoration,
} from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { restoreIdFor } from '../domain/operation-id.js';
import { runbookNames } from '../domain/operation-kinds.js';
import { reportOf } from '../domain/operation-report.js';
import { RestorationOperations } from '../restoration-operations.js';
import { RestorationRequest } from '../restoration-request.js';
import { RestoreRequest } from '../restore-request.js';
import type { RestorationParams } from '../steps/home/restoration-params.js';

/** What a human or another service may ask of restoration. */
@Controller()
export class RestorationController {
  constructor(
    private readonly restores: RestoreRequest,
    private readonly restorations: RestorationRequest,
    private readonly operations: RestorationOperations,
    private readonly loaded: LoadedEstate,
  ) {}

  @MessagePattern(Restore)
  async restore(request: Restore): Promise<Accepted> {
    const begun = request.requestId === undefined ? undefined : restoreIdFor(request.requestId);
    // What it asked for may be out of the window by now: the restore that was begun is not chosen anew.
    if (begun !== undefined && (await this.operations.exists(begun)))
      return new Accepted({ operationId: begun, status: 'accepted' });
    const { operationId } = await this.operations.begin(await this.restores.operationFor(request));
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(StartRestoration)
  async start(request: StartRestoration): Promise<Accepted | Plan> {
    const params = await this.restorations.paramsFor(request);
    if (request.dryRun === true) return this.planOf(params);
    const { operationId } = await this.operations.begin({ runbook: runbookNames.restoration, params });
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(PlanRestoration)
  async plan({ to }: PlanRestoration): Promise<Plan> {
    return this.planOf(await this.restorations.paramsFor({ reason: 'plan', ...(to === undefined ? {} : { to }) }));
  }

  @MessagePattern(AbortRestoration)
  async abort({ operationId, by, reason }: AbortRestoration): Promise<Done> {
    await this.operations.abort(operationId, by ?? 'unnamed', reason);
    return new Done({ status: 'done', message: `operation ${operationId} is being undone` });
  }

  @MessagePattern(ApproveRestoration)
  async approve({ operationId, by, comment }: ApproveRestoration): Promise<Done> {
    await this.operations.approve(operationId, by, comment);
    return new Done({ status: 'done', message: `operation ${operationId} goes on` });
  }

  @MessagePattern(QueryRestorationStatus)
  async status({ operationId }: QueryRestorationStatus): Promise<Report> {
    const at = new Date().toISOString();
    if (operationId !== undefined) return new Report({ at, report: asData(await this.operations.status(operationId)) });
    const operations = (await this.operations.list(20)).map(({ nodes: _nodes, results: _results, ...view }) => view);
    return new Report({ at, report: asData({ estate: this.loaded.name, estateHash: this.loaded.hash, operations }) });
  }

  @MessagePattern(QueryRestorationReport)
  async report({ operationId }: QueryRestorationReport): Promise<Report> {
    const report = reportOf(await this.operations.status(operationId));
    return new Report({ at: new Date().toISOString(), report: asData(report) });
  }

  private async planOf(params: RestorationParams): Promise<Plan> {
    const { nodes } = await this.operations.plan(runbookNames.restoration, params);
    const steps = nodes.flatMap((node) =>
      node.steps.map((step) => ({
        step: step.name,
        title: step.title,
        changes: [...step.changes],
        state: step.effect,
      })),
    );
    const summary = `service comes home from ${params.from} to ${params.to}: ${steps.length} steps, nothing has been changed`;
    return new Plan({ runbook: runbookNames.restoration, summary, steps });
  }
}

/** Plain JSON data; maps become objects. */
function asData(value: object): Record<string, unknown> {
  const text = JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? Object.fromEntries(item) : item));
  const data: unknown = JSON.parse(text);
  if (typeof data !== 'object' || data === null) throw new DrError('INTERNAL', 'a report must be an object');
  return data as Record<string, unknown>;
}

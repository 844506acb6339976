import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { QueryFailoverReport, Report } from '@novacron/contracts';
import { LoadedEstate } from '@novacron/service';
import { failoverReport } from '../domain/report/failover-report.js';
import { tierObjectives } from '../domain/report/tier-objectives.js';
import { FailoverOperations } from '../failover-operations.js';
import { asData } from './as-data.js';

/** What became of a move of service, for whoever has to account for it. */
@Controller()
export class FailoverReportController {
  constructor(
    private readonly operations: FailoverOperations,
    private readonly loaded: LoadedEstate,
  ) {}

  /** @throws DrError NOT_FOUND. */
  @MessagePattern(QueryFailoverReport)
  async report({ operationId }: QueryFailoverReport): Promise<Report> {
    const [state, view] = await Promise.all([this.operations.state(operationId), this.operations.status(operationId)]);
    const { reason, needs } = view;
    const seen = {
      outcome: view.state,
      ...(reason === undefined ? {} : { reason }),
      ...(needs === undefined ? {} : { needs }),
    };
    const report = failoverReport(state, seen, tierObjectives(this.loaded.estate.objectives));
    return new Report({ at: new Date().toISOString(), report: asData(report) });
  }
}

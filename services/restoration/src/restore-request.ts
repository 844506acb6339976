import { Injectable } from '@nestjs/common';
import type { Restore } from '@novacron/contracts';
import { RestoreSources } from './adapters/restore-sources.js';
import { runbookNames } from './domain/operation-kinds.js';
import { newOperationId } from './domain/operation-id.js';
import type { RestoreParams } from './steps/restore/restore-params.js';

/** A wish to restore, turned into an operation's parameters, or refused with what is possible instead before anything starts. */
@Injectable()
export class RestoreRequest {
  constructor(private readonly sources: RestoreSources) {}

  /** @throws DrError NOT_FOUND, OUTSIDE_RECOVERY_WINDOW, CORRUPT_OBJECT, UNREACHABLE. */
  async operationFor(request: Restore): Promise<{ runbook: string; operationId: string; params: RestoreParams }> {
    const { component, backupId, targetTime, store, query, keep } = request;
    const kind = this.sources.kindOf(component);
    const point = await this.sources.choose({
      component,
      ...(backupId === undefined ? {} : { backupId }),
      ...(targetTime === undefined ? {} : { targetTime }),
      ...(store === undefined ? {} : { store }),
    });
    return {
      runbook: kind === 'postgres' ? runbookNames.restore : runbookNames.restoreCache,
      operationId: newOperationId('restore', new Date()),
      params: { component, kind, point, keep: keep ?? false, ...(query === undefined ? {} : { query }) },
    };
  }
}

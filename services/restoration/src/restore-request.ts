import { Injectable } from '@nestjs/common';
import { DrError, type Restore } from '@novacron/contracts';
import { majorOf, requireProgram, requireServerFor, toolsMajor } from '@novacron/drivers';
import { RestoreSources } from './adapters/restore-sources.js';
import { runbookNames } from './domain/operation-kinds.js';
import { componentOf } from './domain/restore-point.js';
import { newOperationId } from './domain/operation-id.js';
import type { RestoreParams } from './steps/restore/restore-params.js';

/** A wish to restore, turned into an operation's parameters, or refused with what is possible instead before anything starts. */
@Injectable()
export class RestoreRequest {
  constructor(private readonly sources: RestoreSources) {}

  /** @throws DrError NOT_FOUND, OUTSIDE_RECOVERY_WINDOW, CORRUPT_OBJECT, UNREACHABLE. */
  async operationFor(request: Restore): Promise<{ runbook: string; operationId: string; params: RestoreParams }> {
    const { component, backupId, targetTime, store, query, keep, database, tables } = request;
    const kind = this.sources.kindOf(component);
    const parts = {
      ...(database === undefined ? {} : { database }),
      ...(tables === undefined || tables.length === 0 ? {} : { tables }),
    };
    const wantsParts = Object.keys(parts).length > 0;
    if (wantsParts && (kind === 'redis' || targetTime !== undefined)) {
      throw new DrError('PRECONDITION_FAILED', 'single databases and tables come from logical backups alone', {
        hint: 'name the database and no moment; for a moment restore the whole server, and take the table from there',
      });
    }
    const point = await this.sources.choose({
      component,
      ...(backupId === undefined ? {} : { backupId }),
      ...(targetTime === undefined ? {} : { targetTime }),
      ...(store === undefined ? {} : { store }),
      ...(wantsParts ? { form: 'logical' } : {}),
    });
    const asked = { component, point, keep: keep ?? false, ...(query === undefined ? {} : { query }) };
    const operationId = newOperationId('restore', new Date());
    if (point.form === 'logical')
      return { runbook: runbookNames.restoreDump, operationId, params: { ...asked, ...parts, kind: 'postgres-dump' } };
    if (kind === 'postgres') await this.requireServer(point, component);
    const runbook = kind === 'postgres' ? runbookNames.restore : runbookNames.restoreCache;
    return { runbook, operationId, params: { ...asked, kind } };
  }

  /** @throws DrError PROGRAM_MISSING when this machine has no server of the version that the backup is of. */
  private async requireServer({ store, backupId }: RestoreParams['point'], component: string): Promise<void> {
    const manifest = await this.sources.repository.catalog(store).read(backupId);
    const major = majorOf(componentOf(manifest, component)?.serverVersion ?? '');
    if (major !== undefined)
      requireServerFor(backupId, major, await toolsMajor(requireProgram('postgresBin'), 'postgres'));
  }
}

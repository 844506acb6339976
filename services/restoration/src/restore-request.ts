import { Injectable } from '@nestjs/common';
import { DrError, type Restore } from '@novacron/contracts';
import { majorOf, requireProgram, requireServerFor, toolsMajor } from '@novacron/drivers';
import type { ManifestComponent } from '@novacron/repository';
import { RestoreRoom } from './adapters/restore-room.js';
import { RestoreSources } from './adapters/restore-sources.js';
import { requireEmptyFolders } from './adapters/tablespace-folders.js';
import { runbookNames } from './domain/operation-kinds.js';
import { componentOf, type RestorePoint } from './domain/restore-point.js';
import { tablespacePlaces } from './domain/tablespace-places.js';
import { newOperationId, restoreIdFor } from './domain/operation-id.js';
import type { RestoreParams } from './steps/restore/restore-params.js';

interface RestoreOperation {
  readonly runbook: string;
  readonly operationId: string;
  readonly params: RestoreParams;
}

/** A wish to restore, turned into an operation's parameters, or refused with what is possible instead before anything starts. */
@Injectable()
export class RestoreRequest {
  constructor(
    private readonly sources: RestoreSources,
    private readonly room: RestoreRoom,
  ) {}

  /** @throws DrError INVALID_MESSAGE, NOT_FOUND, OUTSIDE_RECOVERY_WINDOW, CORRUPT_OBJECT, UNREACHABLE, PRECONDITION_FAILED. */
  async operationFor(request: Restore): Promise<RestoreOperation> {
    const operation = await this.chosen(request);
    await this.room.require(operation.params);
    return operation;
  }

  private async chosen(request: Restore): Promise<RestoreOperation> {
    const {
      component,
      backupId,
      targetTime,
      store,
      query,
      keep,
      database,
      tables,
      tablespaces = [],
      requestId,
    } = request;
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
    const operationId = requestId === undefined ? newOperationId('restore', new Date()) : restoreIdFor(requestId);
    if (tablespaces.length > 0 && (kind === 'redis' || point.form === 'logical')) {
      throw new DrError('PRECONDITION_FAILED', 'only the physical backup of a database server has tablespaces', {
        hint: 'leave tablespaces out',
      });
    }
    if (point.form === 'logical')
      return { runbook: runbookNames.restoreDump, operationId, params: { ...asked, ...parts, kind: 'postgres-dump' } };
    if (kind === 'redis') return { runbook: runbookNames.restoreCache, operationId, params: { ...asked, kind } };
    const manifest = await this.componentAt(point, component);
    await this.requireServer(point.backupId, manifest);
    const places = tablespacePlaces(manifest, tablespaces);
    await requireEmptyFolders(places);
    return { runbook: runbookNames.restore, operationId, params: { ...asked, kind, tablespaces: places } };
  }

  private async componentAt({ store, backupId }: RestorePoint, component: string): Promise<ManifestComponent> {
    const manifest = await this.sources.repository.catalog(store).read(backupId);
    const found = componentOf(manifest, component);
    if (found === undefined) throw new DrError('NOT_FOUND', `${backupId} has no ${component}`);
    return found;
  }

  /** @throws DrError PROGRAM_MISSING when this machine has no server of the version that the backup is of. */
  private async requireServer(backupId: string, { serverVersion }: ManifestComponent): Promise<void> {
    const major = majorOf(serverVersion);
    if (major !== undefined)
      requireServerFor(backupId, major, await toolsMajor(requireProgram('postgresBin'), 'postgres'));
  }
}

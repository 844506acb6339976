import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { DrError, durationMs } from '@novacron/contracts';
import { backupState, isServerCopy } from '@novacron/repository';
import { LoadedEstate } from '@novacron/service';
import { BackupSources } from '../adapters/backup-sources.js';
import { BackupStores } from '../adapters/backup-stores.js';
import { BackupOperations } from '../backup-operations.js';
import { runbookOf } from '../runbooks.js';
import type { DrillParams } from './drill-params.js';

export interface DrillRequest {
  readonly component?: string;
  readonly backupId?: string;
  readonly reason: string;
  /** One cause begins one drill, however many processes act on it. */
  readonly cause?: string;
}

/** A restore drill, turned into an operation, or refused before anything starts. */
@Injectable()
export class BeginDrill {
  constructor(
    private readonly operations: BackupOperations,
    private readonly epochs: Epochs,
    private readonly sources: BackupSources,
    private readonly stores: BackupStores,
    private readonly loaded: LoadedEstate,
  ) {}

  /** @throws DrError NOT_FOUND, PRECONDITION_FAILED without a verified backup, CONFLICT before the first epoch, OPERATION_RUNNING. */
  async begin(request: DrillRequest): Promise<string> {
    const params = await this.paramsFor(request);
    const tail = request.cause?.replaceAll(/[^A-Za-z0-9_-]/gu, '-') ?? randomUUID().slice(0, 13);
    const operationId = `${runbookOf.drill}-${tail}`.slice(0, 128);
    if ((await this.operations.find(operationId)) !== undefined) return operationId;
    return (await this.operations.begin({ runbook: runbookOf.drill, operationId, params })).operationId;
  }

  private async paramsFor({ component: asked, backupId, reason }: DrillRequest): Promise<DrillParams> {
    const component = asked ?? this.sources.databases[0]?.settings.name;
    if (component === undefined) throw new DrError('NOT_FOUND', 'the estate has no database');
    this.sources.requireComponent(component);
    if (this.sources.databasesIn([component]).length === 0) {
      throw new DrError('PRECONDITION_FAILED', `${component} is a cache: restore drills are of databases`);
    }
    const epoch = await this.epochs.current();
    if (epoch === undefined)
      throw new DrError('CONFLICT', 'no epoch is recorded yet: it is not known which site is active');
    const store = await this.stores.preferred();
    const chosen = await this.provable(store, component, backupId);
    return { component, backupId: chosen, store, site: epoch.site, rtoMs: this.rtoMsOf(component), reason };
  }

  /** The newest verified backup that a moment can be reached from, or the one that was named. */
  private async provable(store: string, component: string, backupId: string | undefined): Promise<string> {
    const { entries } = await this.stores.repository.catalog(store).list();
    const found = entries.findLast((entry) => {
      const physical = entry.manifest?.components.some((one) => one.component === component && isServerCopy(one));
      if (physical !== true || backupState(entry) === 'damaged') return false;
      return backupId === undefined ? backupState(entry) !== 'completed' : entry.backupId === backupId;
    });
    if (found !== undefined) return found.backupId;
    const what = backupId === undefined ? 'no verified physical backup' : `no sound physical backup ${backupId}`;
    throw new DrError(
      backupId === undefined ? 'PRECONDITION_FAILED' : 'NOT_FOUND',
      `${store} has ${what} of ${component}`,
      {
        hint: 'query.backup.list shows what there is; backup.run takes one',
      },
    );
  }

  private rtoMsOf(component: string): number {
    const { objectives } = this.loaded.estate;
    const services = this.sources.databasesIn([component])[0]?.settings.services ?? [];
    const own = objectives.tiers.filter((tier) => tier.services.some((name) => services.includes(name)));
    const promised = own.length === 0 ? [objectives.overall.rto] : own.map(({ rto }) => rto);
    return Math.min(...promised.map((rto) => durationMs(rto)));
  }
}

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Epochs } from '@novacron/bus';
import { type Delivered, DrError } from '@novacron/contracts';
import { backupIdAt } from '@novacron/repository';
import { LoadedEstate } from '@novacron/service';
import { BackupSources, memberOn } from './adapters/backup-sources.js';
import { BackupStores } from './adapters/backup-stores.js';
import { BackupOperations } from './backup-operations.js';
import type { BackupParams } from './domain/backup-params.js';
import { runbookOf } from './runbooks.js';

export interface BackupRequest {
  readonly kind?: 'full' | 'incremental';
  /** All that the estate backs up unless given. */
  readonly components?: readonly string[];
  readonly reason: string;
  /** One cause begins one backup, however many processes act on it; its time makes the backup's id. */
  readonly cause?: { readonly name: string; readonly at: Date };
  readonly causedBy?: Delivered;
}

/** How many ids are tried when others begin backups within the same seconds. */
const idsToTry = 10;

/** What is asked for, turned into an operation, or refused before anything starts. */
@Injectable()
export class BeginBackup {
  constructor(
    private readonly operations: BackupOperations,
    private readonly epochs: Epochs,
    private readonly sources: BackupSources,
    private readonly stores: BackupStores,
    private readonly loaded: LoadedEstate,
  ) {}

  /**
   * Resolved once the backup's first record is stored; its id is also the operation's.
   * @throws DrError NOT_FOUND for a component that the estate does not have, PRECONDITION_FAILED for an incremental one,
   * CONFLICT before the first epoch, UNREACHABLE when no store answers, OPERATION_RUNNING naming the backup that runs.
   */
  async begin(request: BackupRequest): Promise<string> {
    const { cause, causedBy } = request;
    const params = await this.paramsFor(request);
    const fromMs = cause?.at.getTime() ?? Date.parse(params.startedAt);
    for (let tried = 0; tried < idsToTry; tried += 1) {
      const backupId = backupIdAt(new Date(fromMs + tried * 1_000));
      const isAsked = (begun: BackupParams | undefined): boolean =>
        begun !== undefined &&
        (begun.requestId === params.requestId || (cause !== undefined && begun.cause === cause.name));
      const before = await this.paramsOf(backupId);
      if (isAsked(before)) return backupId;
      if (before !== undefined) continue;
      await this.operations.begin({
        runbook: runbookOf.backup,
        operationId: backupId,
        params: { ...params, backupId },
        ...(causedBy === undefined ? {} : { causedBy, correlationId: causedBy.correlationId }),
      });
      // Another may have begun under this id since we looked; then what runs may not be what was asked for here.
      if (isAsked(await this.paramsOf(backupId))) return backupId;
    }
    throw new DrError('OPERATION_RUNNING', 'other backups are being begun at this moment');
  }

  private async paramsOf(backupId: string): Promise<BackupParams | undefined> {
    return (await this.operations.find(backupId))?.params as BackupParams | undefined;
  }

  private async paramsFor(request: BackupRequest): Promise<Omit<BackupParams, 'backupId'>> {
    const { kind = 'full', components = this.sources.components, reason, cause } = request;
    if (kind === 'incremental') {
      throw new DrError('PRECONDITION_FAILED', 'no database of the estate can be backed up incrementally', {
        hint: 'run a backup with kind full: the WAL since the last one is archived continuously',
      });
    }
    for (const component of components) this.sources.requireComponent(component);
    if (components.length === 0) throw new DrError('NOT_FOUND', 'the estate backs up no component');
    const epoch = await this.epochs.current();
    if (epoch === undefined) {
      throw new DrError('CONFLICT', 'no epoch is recorded yet: it is not known which site is active', {
        hint: 'bring up exactly one writable site and ask again',
      });
    }
    for (const source of this.sources.databasesIn(components)) memberOn(source, epoch.site);
    for (const source of this.sources.cachesIn(components)) memberOn(source, epoch.site);
    return {
      kind,
      components: [...components],
      site: epoch.site,
      epoch: epoch.epoch,
      store: await this.stores.preferred(),
      startedAt: new Date().toISOString(),
      reason,
      requestId: randomUUID(),
      ...(cause === undefined ? {} : { cause: cause.name }),
      estateHash: this.loaded.hash,
    };
  }
}

import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  Accepted,
  BackupList,
  CancelBackup,
  Done,
  DrError,
  DrillBackup,
  type Plan,
  PruneBackups,
  QueryBackupList,
  QueryRecoveryWindow,
  RecoveryWindow,
  RunBackup,
  VerifyBackup,
} from '@novacron/contracts';
import { BackupSources } from '../adapters/backup-sources.js';
import { BackupStores } from '../adapters/backup-stores.js';
import { BackupOperations } from '../backup-operations.js';
import { BeginBackup } from '../begin-backup.js';
import { CatalogReader } from '../catalog-reader.js';
import { BeginDrill } from '../restore-drill/begin-drill.js';
import { BeginUpkeep } from '../upkeep/begin-upkeep.js';
import { summaryOfOperation } from '../domain/summary-of-entry.js';
import { runbookOf } from '../runbooks.js';

/** Of those that run or have failed, the newest of each kind. */
const operationsShown = 20;

/** What a human or another service may ask of backups. */
@Controller()
export class BackupController {
  constructor(
    private readonly backups: BeginBackup,
    private readonly operations: BackupOperations,
    private readonly catalog: CatalogReader,
    private readonly sources: BackupSources,
    private readonly stores: BackupStores,
    private readonly upkeep: BeginUpkeep,
    private readonly drills: BeginDrill,
  ) {}

  @MessagePattern(RunBackup)
  async run({ kind, form, components, reason }: RunBackup): Promise<Accepted> {
    const operationId = await this.backups.begin({
      ...(kind === undefined ? {} : { kind }),
      ...(form === undefined ? {} : { form }),
      ...(components === undefined || components.length === 0 ? {} : { components }),
      reason: reason ?? 'asked for',
    });
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(CancelBackup)
  async cancel({ backupId, by, reason }: CancelBackup): Promise<Done> {
    if ((await this.operations.find(backupId)) === undefined) {
      throw new DrError('NOT_FOUND', `no backup ${backupId} was begun`, { hint: 'query.backup.list shows what runs' });
    }
    await this.operations.cancel(backupId, by ?? 'unnamed', reason ?? 'cancelled');
    return new Done({ status: 'done', message: `backup ${backupId} is being ended, and what it left is removed` });
  }

  @MessagePattern(DrillBackup)
  async drill({ component, backupId }: DrillBackup): Promise<Accepted> {
    const operationId = await this.drills.begin({
      ...(component === undefined ? {} : { component }),
      ...(backupId === undefined ? {} : { backupId }),
      reason: 'asked for',
    });
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(VerifyBackup)
  async verify({ backupId, store, sample, structure }: VerifyBackup): Promise<Accepted> {
    if (backupId === undefined) {
      const asked = {
        ...(store === undefined ? {} : { store }),
        ...(sample === undefined ? {} : { sample }),
        ...(structure === undefined ? {} : { structure }),
      };
      const operationId = await this.upkeep.verify({ ...asked, reason: 'asked for' });
      return new Accepted({ operationId, status: 'accepted' });
    }
    if (sample !== undefined) {
      throw new DrError('INVALID_MESSAGE', 'one backup is verified whole: sample goes without backupId', {
        details: [{ path: 'sample', problem: 'does not go with backupId' }],
      });
    }
    const holders = (await this.catalog.backups(store)).filter((backup) => backup.backupId === backupId);
    if (holders.length === 0) {
      throw new DrError('NOT_FOUND', `there is no backup ${backupId}${store === undefined ? '' : ` in ${store}`}`, {
        hint: 'query.backup.list shows what there is',
      });
    }
    const { operationId } = await this.operations.begin({
      runbook: runbookOf.verify,
      operationId: `verify-${backupId}-${randomUUID().slice(0, 8)}`,
      params: {
        backupId,
        stores: holders.map((holder) => holder.store),
        ...(structure === undefined ? {} : { structure }),
      },
    });
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(PruneBackups)
  async prune({ store, dryRun }: PruneBackups): Promise<Accepted | Plan> {
    const where = store === undefined ? {} : { store };
    if (dryRun === true) return this.upkeep.prunePlan(where);
    const operationId = await this.upkeep.prune({ ...where, reason: 'asked for' });
    return new Accepted({ operationId, status: 'accepted' });
  }

  @MessagePattern(QueryBackupList)
  async list({ store, component, all }: QueryBackupList): Promise<BackupList> {
    if (component !== undefined) this.sources.requireComponent(component);
    const stored = await this.catalog.backups(store, component);
    if (all !== true) return new BackupList({ backups: stored });
    const known = new Set(stored.map(({ backupId }) => backupId));
    const others = (await this.operations.takings(operationsShown))
      .map((view) => summaryOfOperation(view))
      .filter((one) => !known.has(one.backupId) && (store === undefined || one.store === store))
      .filter((one) => component === undefined || one.components.includes(component));
    const backups = [...others, ...stored].toSorted((a, b) => b.backupId.localeCompare(a.backupId));
    return new BackupList({ backups });
  }

  @MessagePattern(QueryRecoveryWindow)
  async recoveryWindow({ component, store, at }: QueryRecoveryWindow): Promise<RecoveryWindow> {
    if (component !== undefined) this.sources.requireComponent(component);
    if (store !== undefined) this.stores.repository.store(store);
    const spans = await this.catalog.spans(store, component);
    if (at === undefined) return new RecoveryWindow({ spans });
    const asked = component ?? this.sources.databases[0]?.settings.name;
    if (asked === undefined) throw new DrError('NOT_FOUND', 'the estate has no database that is archived continuously');
    return new RecoveryWindow({ spans, backupId: await this.catalog.backupFor(new Date(at), asked, store) });
  }
}
